using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Pumps;

namespace Binlog.Cluster.Tests.Pumps;

/// <summary>A watch that lists what the test says, and fails when it is told to.</summary>
internal sealed class FakeNodeWatch : INodeWatch
{
    private readonly Channel<Func<IReadOnlyList<NodeStatus>>> _events = Channel.CreateUnbounded<Func<IReadOnlyList<NodeStatus>>>();

    /// <summary>How often it was begun.</summary>
    public int Watches { get; private set; }

    public static NodeStatus Node(string nodeId, ScriptedPump pump, NodeState state = NodeState.Online, long updateTs = 1) =>
        new() { NodeId = nodeId, Host = pump.Address, State = state, UpdateTs = updateTs };

    public void List(params NodeStatus[] nodes) => _events.Writer.TryWrite(() => nodes);

    public void Fail(string why) => _events.Writer.TryWrite(() => throw new ClusterException(why));

    public async IAsyncEnumerable<IReadOnlyList<NodeStatus>> WatchAsync(NodeRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Assert.Equal(NodeRole.Pump, role);
        Watches++;
        await foreach (Func<IReadOnlyList<NodeStatus>> next in _events.Reader.ReadAllAsync(cancellationToken))
        {
            yield return next();
        }
    }
}
