using System.Collections.Concurrent;
using Binlog.Cluster;
using Binlog.Cluster.Registry;

namespace Binlog.Service.Tests.Pump.Leaving;

/// <summary>A registry in memory: the last status of each node, and every write in order.</summary>
internal sealed class NodeTable : INodeRegistry
{
    private readonly ConcurrentDictionary<(NodeRole Role, string NodeId), NodeStatus> _nodes = new();

    /// <summary>Every status that was written.</summary>
    public ConcurrentQueue<NodeStatus> Writes { get; } = new();

    /// <summary>What every call fails with; null for none.</summary>
    public ClusterException? Failure { get; set; }

    /// <summary>How many writes fail.</summary>
    public int FailingWrites { get; set; }

    /// <summary>Called with the role when a list has been made, before it is answered.</summary>
    public Action<NodeRole>? OnListed { get; set; }

    public void Add(NodeRole role, NodeStatus status) => _nodes[(role, status.NodeId)] = status;

    public NodeStatus Find(NodeRole role, string nodeId) => _nodes[(role, nodeId)];

    public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
        {
            return Task.FromException(failure);
        }

        if (FailingWrites > 0)
        {
            FailingWrites--;
            return Task.FromException(new ClusterException("away", isTransient: true));
        }

        Writes.Enqueue(status);
        Add(role, status);
        return Task.CompletedTask;
    }

    public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) =>
        Failure is null && status.State != NodeState.Offline && _nodes.TryGetValue((role, status.NodeId), out NodeStatus? found) && found.State == NodeState.Offline
            ? Task.FromException(NodeSetOfflineException.Of(role, status.NodeId))
            : PutAsync(role, status, cancellationToken);

    public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken)
    {
        bool isUnchanged = Find(role, status.NodeId).IsOfSameWriteAs(expected);
        if (isUnchanged)
        {
            Add(role, status);
        }

        return Task.FromResult(isUnchanged);
    }

    public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        if (Failure is { } failure)
        {
            return Task.FromException<IReadOnlyList<NodeStatus>>(failure);
        }

        IReadOnlyList<NodeStatus> nodes = [.. _nodes.Where(node => node.Key.Role == role).Select(node => node.Value).OrderBy(node => node.NodeId)];
        OnListed?.Invoke(role);
        return Task.FromResult(nodes);
    }
}
