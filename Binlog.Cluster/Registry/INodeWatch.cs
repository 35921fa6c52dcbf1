namespace Binlog.Cluster.Registry;

/// <summary>Follows the list of the cluster's nodes. Thread-safe.</summary>
public interface INodeWatch
{
    /// <summary>
    /// The nodes of a role at once, and again whenever an entry was added, changed or removed; several changes may come as one list. While the
    /// registry can't be reached nothing comes, and what was missed comes as one list when it is back. Endless, until cancelled.
    /// </summary>
    /// <param name="role">The role.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClusterException">The registry refuses for a reason that does not go away by itself.</exception>
    IAsyncEnumerable<IReadOnlyList<NodeStatus>> WatchAsync(NodeRole role, CancellationToken cancellationToken);
}
