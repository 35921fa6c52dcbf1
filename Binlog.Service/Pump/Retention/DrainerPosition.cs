using Binlog.Cluster.Registry;

namespace Binlog.Service.Pump.Retention;

/// <summary>How far a Drainer is that has not been taken offline.</summary>
/// <param name="NodeId">Its name.</param>
/// <param name="Address"><c>host:port</c>.</param>
/// <param name="State">Its state in the registry.</param>
/// <param name="CommitTs">It has everything up to this commit TS; 0 as long as it has not said so.</param>
internal sealed record DrainerPosition(string NodeId, string Address, NodeState State, ulong CommitTs)
{
    /// <summary>The Drainers of the registry that need binlogs: all but the offline ones.</summary>
    public static IReadOnlyList<DrainerPosition> OfNodes(IEnumerable<NodeStatus> drainers) =>
    [
        .. drainers
            .Where(drainer => drainer.State != NodeState.Offline)
            .Select(drainer => new DrainerPosition(drainer.NodeId, drainer.Host, drainer.State, (ulong)Math.Max(0, drainer.MaxCommitTs))),
    ];
}
