namespace Binlog.Cluster.Tests.Etcd;

/// <summary>A clock that runs faster than the real one, for waits that another process takes part in.</summary>
/// <param name="factor">How many times faster.</param>
internal sealed class ScaledTimeProvider(int factor) : TimeProvider
{
    private readonly long _started = System.GetTimestamp();
    private readonly DateTimeOffset _startedAt = System.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => _startedAt + (System.GetElapsedTime(_started) * factor);

    public override long GetTimestamp() => _started + ((System.GetTimestamp() - _started) * factor);

    public override long TimestampFrequency => System.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, Scale(dueTime), Scale(period));

    private TimeSpan Scale(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;
}
