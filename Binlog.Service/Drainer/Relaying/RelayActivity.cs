namespace Binlog.Service.Drainer.Relaying;

/// <summary>What the relay log's writer is doing, and how long that takes. One writer, any number of readers.</summary>
internal sealed class RelayActivity(TimeProvider time)
{
    private const int AverageOver = 8;

    private long _waitsSince;
    private long _appendsSince;
    private long _averageTicks;

    /// <summary>How long the writer has waited for room; null when it doesn't.</summary>
    public TimeSpan? WaitsFor => Since(ref _waitsSince);

    /// <summary>How long the append that is under way has taken; null when none is.</summary>
    public TimeSpan? AppendsFor => Since(ref _appendsSince);

    /// <summary>How long an append with its flush takes, on average of the last few.</summary>
    public TimeSpan AverageAppend => TimeSpan.FromTicks(Volatile.Read(ref _averageTicks));

    public void BeginWait() => Volatile.Write(ref _waitsSince, Now());

    public void EndWait() => Volatile.Write(ref _waitsSince, 0);

    public void BeginAppend() => Volatile.Write(ref _appendsSince, Now());

    public void EndAppend()
    {
        long average = Volatile.Read(ref _averageTicks);
        Volatile.Write(ref _averageTicks, average + ((time.GetElapsedTime(_appendsSince).Ticks - average) / AverageOver));
        Volatile.Write(ref _appendsSince, 0);
    }

    /// <summary>Never 0, which stands for nothing.</summary>
    private long Now() => Math.Max(time.GetTimestamp(), 1);

    private TimeSpan? Since(ref long begun) => Volatile.Read(ref begun) is > 0 and long since ? time.GetElapsedTime(since) : null;
}
