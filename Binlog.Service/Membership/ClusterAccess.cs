using Binlog.Cluster;
using Binlog.Cluster.Embedded;
using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Binlog.Grpc;
using Binlog.Service.Configuration;
using Binlog.Service.Embedded;
using Grpc.Core;
using EmbeddedClusterContract = Binlog.Cluster.Contracts.EmbeddedCluster;

namespace Binlog.Service.Membership;

/// <summary>This host's way to the cluster's registry and TSO, and the service through which other hosts share it. Thread-safe.</summary>
internal sealed class ClusterAccess : IAsyncDisposable
{
    private readonly IAsyncDisposable? _client;
    private readonly IDisposable? _store;

    private ClusterAccess(INodeRegistry registry, ITsoSource tso, ulong clusterId, IDisposable? store, IAsyncDisposable? client)
    {
        Registry = registry;
        Tso = tso;
        ClusterId = clusterId;
        _store = store;
        _client = client;
        Service = EmbeddedClusterContract.BindService(new EmbeddedClusterService(registry, tso, clusterId));
    }

    /// <summary>ID that every message of the cluster carries.</summary>
    public ulong ClusterId { get; }

    /// <summary>The list of nodes.</summary>
    public INodeRegistry Registry { get; }

    /// <summary>The timestamp oracle.</summary>
    public ITsoSource Tso { get; }

    /// <summary>Whether every Pump of the cluster tells a paused Drainer that lives of itself; those of the original tell online ones only.</summary>
    public bool TellsPausedDrainers { get; private init; }

    /// <summary>The gRPC service by which other hosts join through this one.</summary>
    public ServerServiceDefinition Service { get; }

    /// <summary>Opens the cluster's file in the data directory, or prepares to ask the host that is to be joined.</summary>
    /// <exception cref="ClusterException">The file can't be used, or belongs to another cluster.</exception>
    public static ClusterAccess Open(ClusterOptions options, string dataDirectory, TimeProvider time, GrpcTls? tls = null)
    {
        if (options.Join is { } join)
        {
            var client = new EmbeddedClusterClient(join.ToString(), options.Id, time, tls);
            return new ClusterAccess(client, client, options.Id, null, client) { TellsPausedDrainers = true };
        }

        EmbeddedClusterStore store = EmbeddedClusterStore.Open(Path.Combine(dataDirectory, "cluster.db"), options.Id, time);
        return new ClusterAccess(new LeasedRegistry(store, new NodeLeases(time)), store, options.Id, store, null) { TellsPausedDrainers = true };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }
}
