namespace Binlog.RelayLog.Committing;

/// <summary>Takes the times that an observer is told. Without an observer nothing is measured. Used by the writing thread only.</summary>
internal sealed class WriteTiming(ILogObserver? observer, TimeProvider time)
{
    private long _started;
    private long _written;
    private long _flushed;

    /// <summary>What is written next begins now.</summary>
    public void Restart() => _started = Now();

    /// <summary>The operating system has the bytes.</summary>
    public void Written() => _written = Now();

    /// <summary>The bytes are on stable storage.</summary>
    public void Flushed() => _flushed = Now();

    public void GroupFlushed(int records, long bytes)
    {
        observer?.GroupFlushed(records, bytes, time.GetElapsedTime(_started, _written), time.GetElapsedTime(_written, _flushed));
        Restart();
    }

    public void SegmentBegun()
    {
        observer?.SegmentBegun(time.GetElapsedTime(_started, Now()));
        Restart();
    }

    public void GroupFailed(Exception cause) => observer?.GroupFailed(cause);

    private long Now() => observer is null ? 0 : time.GetTimestamp();
}
