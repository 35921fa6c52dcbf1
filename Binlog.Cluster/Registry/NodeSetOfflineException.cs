namespace Binlog.Cluster.Registry;

/// <summary>The registry has a node as offline that reports itself as running: somebody gave it up for dead.</summary>
public sealed class NodeSetOfflineException : ClusterException
{
    /// <summary>Creates the error.</summary>
    public NodeSetOfflineException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the error for a node.</summary>
    public static NodeSetOfflineException Of(NodeRole role, string nodeId) => new(
        $"The registry has {role} {nodeId} as offline: somebody set it so, as is done with a node that has been silent for longer than its lease, and others no longer wait for it. Only a start makes it online again.");
}
