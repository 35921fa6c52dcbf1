using System.Collections.Concurrent;
using Binlog.Cluster;
using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Regions;

namespace Binlog.ClusterKit.TiKv;

/// <summary>Answers where regions are from a table, without a PD. Thread-safe.</summary>
internal sealed class TableRegionSource(RegionTable table) : IRegionSource
{
    private int _asked;

    /// <summary>What is known; replaced when PD hears of changes.</summary>
    public RegionTable Table { get; set; } = table;

    /// <summary>Whether it can't be reached.</summary>
    public bool IsAway { get; set; }

    /// <summary>How many times it was asked for a region.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <inheritdoc/>
    public ValueTask<RegionLocation?> FindRegionAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        return IsAway ? throw Away() : ValueTask.FromResult(Table.FindRegion(key.Span));
    }

    /// <summary>The stores that weren't reached.</summary>
    public ConcurrentQueue<ulong> Forgotten { get; } = new();

    /// <inheritdoc/>
    public void ForgetStore(ulong storeId) => Forgotten.Enqueue(storeId);

    /// <inheritdoc/>
    public ValueTask<Store?> FindStoreAsync(ulong storeId, CancellationToken cancellationToken) => IsAway ? throw Away() : ValueTask.FromResult(Table.FindStore(storeId));

    private static ClusterException Away() => new("PD is away", isTransient: true);
}
