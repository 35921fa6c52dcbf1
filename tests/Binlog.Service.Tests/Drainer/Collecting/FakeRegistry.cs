using Binlog.Cluster;
using Binlog.Cluster.Registry;

namespace Binlog.Service.Tests.Drainer.Collecting;

/// <summary>A registry that answers what a test says, when it says so.</summary>
internal sealed class FakeRegistry : INodeRegistry
{
    private int _questions;

    public IReadOnlyList<NodeStatus> Nodes { get; set; } = [];

    /// <summary>Thrown by the next questions, one each.</summary>
    public Queue<ClusterException> Failures { get; } = new();

    /// <summary>Holds back an answer that has been made already.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public int Questions => Volatile.Read(ref _questions);

    public static NodeStatus Pump(string id, NodeState state = NodeState.Online, string? host = null) => new() { NodeId = id, Host = host ?? $"{id}:8250", State = state };

    public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

    public async Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _questions);
        Assert.Equal(NodeRole.Pump, role);
        if (Failures.TryDequeue(out ClusterException? failure))
        {
            throw failure;
        }

        IReadOnlyList<NodeStatus> answer = Nodes;
        await Hold.WaitAsync(cancellationToken);
        return answer;
    }
}
