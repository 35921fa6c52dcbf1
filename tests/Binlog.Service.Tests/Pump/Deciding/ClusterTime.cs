using Binlog.Cluster;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>A cluster whose TSO is a test's clock.</summary>
internal sealed class ClusterTime(TimeProvider time) : ITsoSource
{
    public bool IsAway { get; set; }

    public ulong Now => Tso.FromDateTimeOffset(time.GetUtcNow()).Value;

    public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken) => ObserveAsync(0, cancellationToken);

    public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken) =>
        IsAway ? throw new ClusterException("PD is away", isTransient: true) : ValueTask.FromResult(Now);
}
