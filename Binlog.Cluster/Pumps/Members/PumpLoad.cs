namespace Binlog.Cluster.Pumps.Members;

/// <summary>What a Pump has to do for this client, and how fast it was lately. Thread-safe; figures may be a call old.</summary>
internal sealed class PumpLoad(TimeProvider time)
{
    /// <summary>A latency counts half after so long without another.</summary>
    private static readonly TimeSpan HalfLife = TimeSpan.FromSeconds(10);

    private long _bytes;
    private int _calls;
    private long _latencyTicks;
    private long _measuredAt = time.GetTimestamp();

    /// <summary>Bytes of the binlogs that are under way.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Calls that are under way.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Moving average over about eight calls, fading with time so that a Pump that was slow is tried again.</summary>
    public TimeSpan Latency
    {
        get
        {
            long halvings = time.GetElapsedTime(Interlocked.Read(ref _measuredAt)).Ticks / HalfLife.Ticks;
            return TimeSpan.FromTicks(Interlocked.Read(ref _latencyTicks) >> (int)Math.Min(halvings, 62));
        }
    }

    /// <summary>A call begins.</summary>
    /// <returns>When.</returns>
    public long Enter(int bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Increment(ref _calls);
        return time.GetTimestamp();
    }

    /// <summary>It is over. Of two calls that end together the latency of one may not count.</summary>
    public void Leave(int bytes, long started, bool isTaken)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Decrement(ref _calls);
        if (isTaken)
        {
            long now = time.GetTimestamp();
            long latency = time.GetElapsedTime(started, now).Ticks;
            long before = Interlocked.Read(ref _latencyTicks);
            Interlocked.Exchange(ref _latencyTicks, before == 0 ? latency : before + ((latency - before) / 8));
            Interlocked.Exchange(ref _measuredAt, now);
        }
    }
}
