using Binlog.Cluster;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB;

namespace Binlog.ClusterKit.TiKv;

/// <summary>Gives out timestamps by a test's clock, each one once. Thread-safe.</summary>
internal sealed class ClockTso(TimeProvider time) : ITsoSource
{
    private readonly Lock _lock = new();
    private ulong _last;

    /// <summary>Whether it can't be reached.</summary>
    public bool IsAway { get; set; }

    /// <summary>A timestamp of the clock's time, some milliseconds away.</summary>
    public ulong At(double milliseconds = 0) => Tso.FromDateTimeOffset(time.GetUtcNow().AddMilliseconds(milliseconds)).Value;

    /// <inheritdoc/>
    public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken) => ObserveAsync(0, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken)
    {
        if (IsAway)
        {
            throw new ClusterException("PD is away", isTransient: true);
        }

        lock (_lock)
        {
            _last = Math.Max(Math.Max(_last, seen) + 1, At());
            return ValueTask.FromResult(_last);
        }
    }
}
