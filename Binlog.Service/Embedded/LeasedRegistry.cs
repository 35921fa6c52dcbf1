using Binlog.Cluster.Registry;

namespace Binlog.Service.Embedded;

/// <summary>The embedded registry with leases: what a node writes is its heartbeat, and every answer says who is alive. Thread-safe.</summary>
internal sealed class LeasedRegistry(INodeRegistry store, NodeLeases leases) : INodeRegistry
{
    /// <inheritdoc />
    public async Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken)
    {
        // First: a node that is heard lives, whether or not the registry's disk has room for what it says.
        leases.Renew(role, status.NodeId);
        await store.PutAsync(role, status, cancellationToken);
    }

    /// <inheritdoc />
    public async Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken)
    {
        leases.Renew(role, status.NodeId);
        await store.RenewAsync(role, status, cancellationToken);
    }

    /// <inheritdoc />
    /// <remarks>A heartbeat between the two looks is found by the second one, or is refused when it comes to the store.</remarks>
    public async Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) =>
        !leases.Judge(role, [expected]).Single().IsAlive && await store.TryReplaceAsync(role, expected, status, cancellationToken);

    /// <inheritdoc />
    public async Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken) =>
        leases.Judge(role, await store.ListAsync(role, cancellationToken));
}
