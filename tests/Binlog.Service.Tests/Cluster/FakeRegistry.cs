using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Embedded;

namespace Binlog.Service.Tests.Cluster;

/// <summary>A registry in memory that fails when it is told to. With a clock it judges who is alive by the heartbeats' timestamps.</summary>
internal sealed class FakeRegistry(TimeProvider? time = null) : INodeRegistry
{
    public const string Reason = "the registry is away";

    private readonly List<(NodeRole Role, NodeStatus Status)> _nodes = [];
    private int _failures;
    private bool _isTransient;

    public static TimeSpan Lease { get; } = NodeLeases.Lease;

    public IEnumerable<NodeStatus> Written => _nodes.Select(node => node.Status);

    public void Add(NodeRole role, NodeStatus status) => _nodes.Add((role, status));

    public void FailNext(int calls, bool isTransient) => (_failures, _isTransient) = (calls, isTransient);

    public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken)
    {
        Fail();
        Add(role, status);
        return Task.CompletedTask;
    }

    public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => PutAsync(role, status, cancellationToken);

    public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        Fail();
        return Task.FromResult<IReadOnlyList<NodeStatus>>([.. _nodes.Where(node => node.Role == role).Select(node => Judge(node.Status))]);
    }

    private NodeStatus Judge(NodeStatus status) => time is null
        ? status
        : status with { IsAlive = time.GetUtcNow().ToUnixTimeMilliseconds() - (status.UpdateTs >> 18) < Lease.TotalMilliseconds };

    private void Fail()
    {
        if (_failures > 0)
        {
            _failures--;
            throw new ClusterException(Reason, isTransient: _isTransient);
        }
    }
}
