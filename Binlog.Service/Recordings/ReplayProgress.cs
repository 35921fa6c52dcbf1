namespace Binlog.Service.Recordings;

/// <summary>How far a replay is. One writer per counter, any number of readers.</summary>
internal sealed class ReplayProgress
{
    private long _decided;

    /// <summary>Transactions whose outcome, commit or rollback, is durable on a Pump.</summary>
    public long Decided => Volatile.Read(ref _decided);

    /// <summary>Counts one more.</summary>
    public void AddDecided() => Interlocked.Increment(ref _decided);
}
