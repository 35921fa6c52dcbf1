namespace Binlog.Cluster.Registry;

/// <summary>The list of the cluster's nodes. Thread-safe.</summary>
public interface INodeRegistry
{
    /// <summary>Writes a node's status at its start, or in its place, replacing what was known of it. For the node this is a heartbeat.</summary>
    /// <exception cref="ClusterException">The registry can't be reached or refuses.</exception>
    Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken);

    /// <summary>Writes the status of a node that has been online since its start: its heartbeat. One that was set offline stays so.</summary>
    /// <exception cref="NodeSetOfflineException">The registry has the node as offline, and <paramref name="status"/> says something else.</exception>
    /// <exception cref="ClusterException">The registry can't be reached or refuses.</exception>
    Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the status of a node whose process is gone, unless it has been heard since: its entry must still be the one that was read, and it must
    /// not be alive. For the node this is no heartbeat.
    /// </summary>
    /// <param name="role">The node's role.</param>
    /// <param name="expected">The entry as <see cref="ListAsync"/> gave it.</param>
    /// <param name="status">What to write.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="ClusterException">The registry can't be reached or refuses.</exception>
    Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken);

    /// <summary>All nodes of a role, offline ones included, ordered by ID, with <see cref="NodeStatus.IsAlive"/> as of now.</summary>
    /// <exception cref="ClusterException">The registry can't be reached or refuses.</exception>
    Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken);
}
