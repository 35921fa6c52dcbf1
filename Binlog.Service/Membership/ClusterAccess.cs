using Binlog.Cluster;
using Binlog.Cluster.Embedded;
using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Configuration;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Embedded;
using Grpc.Core;
using EmbeddedClusterContract = Binlog.Cluster.Contracts.EmbeddedCluster;

namespace Binlog.Service.Membership;

/// <summary>This host's way to the cluster's registry and TSO. Thread-safe.</summary>
internal sealed class ClusterAccess : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts;

    internal ClusterAccess(INodeRegistry registry, ITsoSource tso, ulong clusterId, params IEnumerable<IAsyncDisposable> parts)
    {
        Registry = registry;
        Tso = tso;
        ClusterId = clusterId;
        _parts = new Stack<IAsyncDisposable>(parts);
    }

    /// <summary>ID that every message of the cluster carries.</summary>
    public ulong ClusterId { get; }

    /// <summary>The list of nodes.</summary>
    public INodeRegistry Registry { get; }

    /// <summary>The timestamp oracle.</summary>
    public ITsoSource Tso { get; }

    /// <summary>Whether every Pump of the cluster tells a paused Drainer that lives of itself; those of the original tell online ones only.</summary>
    public bool TellsPausedDrainers { get; init; }

    /// <summary>gRPC services by which other hosts join through this one.</summary>
    public IReadOnlyList<ServerServiceDefinition> Services { get; init; } = [];

    /// <summary>The upstream's storage; null when the cluster has none that could be asked.</summary>
    public UpstreamStorage? Upstream { get; init; }

    /// <summary>Opens the way to the cluster.</summary>
    /// <param name="host">The configuration.</param>
    /// <param name="time">Clock of deadlines and leases.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ClusterException">The cluster's file can't be used, or the cluster is another one, or could not be reached.</exception>
    public static async Task<ClusterAccess> OpenAsync(HostOptions host, TimeProvider time, CancellationToken cancellationToken) => host.Cluster.Mode switch
    {
        ClusterMode.Etcd => EtcdAccess.Open(host, time),
        ClusterMode.Pd => await PdAccess.OpenAsync(host, time, cancellationToken),
        _ => OpenEmbedded(host, time),
    };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out IAsyncDisposable? part))
        {
            await part.DisposeAsync();
        }
    }

    /// <summary>Opens the cluster's file in the data directory, or prepares to ask the host that is to be joined.</summary>
    private static ClusterAccess OpenEmbedded(HostOptions host, TimeProvider time)
    {
        ulong clusterId = host.Cluster.Id ?? ClusterSettings.Id.Default;
        if (host.Cluster.Join is { } join)
        {
            var client = new EmbeddedClusterClient(join.ToString(), clusterId, time, host.Security.Client);
            return Embedded(client, client, clusterId, client);
        }

        EmbeddedClusterStore store = EmbeddedClusterStore.Open(Path.Combine(host.DataDir, "cluster.db"), clusterId, time);
        return Embedded(new LeasedRegistry(store, new NodeLeases(time)), store, clusterId, store);
    }

    private static ClusterAccess Embedded(INodeRegistry registry, ITsoSource tso, ulong clusterId, IAsyncDisposable part) => new(registry, tso, clusterId, part)
    {
        TellsPausedDrainers = true,
        Services = [EmbeddedClusterContract.BindService(new EmbeddedClusterService(registry, tso, clusterId))],
    };
}
