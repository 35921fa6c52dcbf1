using Binlog.Cluster.Registry;
using Binlog.TestKit.Time;

namespace Binlog.Cluster.Tests.Registry;

public sealed class PolledNodeWatchTests
{
    private static readonly NodeStatus Node = new() { NodeId = "a", Host = "127.0.0.1:1", State = NodeState.Online, UpdateTs = 1 };

    private readonly ListedRegistry _registry = new();
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromSeconds(1));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchAsync_Always_ListsAtOnceAndThenWhenSomethingChanged()
    {
        IReadOnlyList<NodeStatus>[] lists =
        [
            [], [], [Node], [Node with { }], [Node with { UpdateTs = 2 }], [Node with { UpdateTs = 2, IsAlive = true }], [Node with { UpdateTs = 2, IsAlive = true }], [Node, Node with { NodeId = "b" }], [],
        ];
        _registry.Answers.AddRange(lists.Select(list => (Func<IReadOnlyList<NodeStatus>>)(() => list)));

        List<IReadOnlyList<NodeStatus>> seen = await TakeAsync(6);

        Assert.Equal([lists[0], lists[2], lists[4], lists[5], lists[7], lists[8]], seen);
        Assert.Equal(lists.Length, _registry.Asked);
        Assert.Equal(lists.Length - 1, _time.Skips);
    }

    [Fact]
    public async Task WatchAsync_RegistryAwayForAWhile_GoesOnWhenItIsBack()
    {
        _registry.Answers.AddRange([() => [Node], Away, Away, () => [Node], () => []]);

        List<IReadOnlyList<NodeStatus>> seen = await TakeAsync(2);

        Assert.Equal([[Node], []], seen);
    }

    [Fact]
    public async Task WatchAsync_RegistryRefusesForGood_Throws()
    {
        _registry.Answers.AddRange([() => [Node], () => throw new ClusterException("another cluster")]);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => TakeAsync(2));

        Assert.Equal("another cluster", exception.Message);
    }

    [Fact]
    public async Task WatchAsync_Cancelled_Ends()
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        _registry.Answers.Add(() => [Node]);
        var watch = new PolledNodeWatch(_registry, TimeSpan.FromHours(1), _time);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (IReadOnlyList<NodeStatus> _ in watch.WatchAsync(NodeRole.Pump, source.Token))
            {
                await source.CancelAsync();
            }
        });
    }

    [Fact]
    public void Constructor_NoInterval_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => new PolledNodeWatch(_registry, TimeSpan.Zero, _time));

    private static IReadOnlyList<NodeStatus> Away() => throw new ClusterException("away", isTransient: true);

    private async Task<List<IReadOnlyList<NodeStatus>>> TakeAsync(int count)
    {
        var seen = new List<IReadOnlyList<NodeStatus>>();
        await foreach (IReadOnlyList<NodeStatus> list in new PolledNodeWatch(_registry, TimeSpan.FromMilliseconds(500), _time).WatchAsync(NodeRole.Pump, Cancelled))
        {
            seen.Add(list);
            if (seen.Count == count)
            {
                break;
            }
        }

        return seen;
    }

    private sealed class ListedRegistry : INodeRegistry
    {
        public List<Func<IReadOnlyList<NodeStatus>>> Answers { get; } = [];

        public int Asked { get; private set; }

        public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken) => Task.FromResult(Answers[Asked++]());

        public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
