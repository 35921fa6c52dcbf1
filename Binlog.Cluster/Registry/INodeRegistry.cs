namespace Binlog.Cluster.Registry;

/// <summary>The list of the cluster's nodes. Thread-safe.</summary>
public interface INodeRegistry
{
    /// <summary>Writes a node's status, replacing what was known of it. For the node this is a heartbeat.</summary>
    /// <exception cref="ClusterException">The registry can't be reached or refuses.</exception>
    Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken);

    /// <summary>All nodes of a role, offline ones included, ordered by ID, with <see cref="NodeStatus.IsAlive"/> as of now.</summary>
    /// <exception cref="ClusterException">The registry can't be reached or refuses.</exception>
    Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken);
}
