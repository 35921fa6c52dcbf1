using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Drainer.Standby;

namespace Binlog.Service.Tests.Drainer.Standby;

/// <summary>Who is taken for dead, and when.</summary>
public sealed class DrainerWatchTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly InstantTimeProvider _time = new();
    private readonly HeardRegistry _registry = new();
    private bool _announces = true;

    [Fact]
    public async Task Look_HeartbeatsGoOn_IsAlive()
    {
        DrainerWatch watch = Watch();
        Assert.Equal(RivalLife.Unsure, await LookAsync(watch));
        for (int second = 0; second < 20; second++)
        {
            _registry.Beat();
            Assert.Equal(RivalLife.Alive, await LookAsync(watch));
        }
    }

    [Fact]
    public async Task Look_SilentForSixSeconds_IsDeadThoughItsLeaseLasts()
    {
        DrainerWatch watch = Watch();
        _registry.IsAlive = true;
        await LookAsync(watch);
        _registry.Beat();
        for (int second = 0; second < 6; second++)
        {
            Assert.Equal(RivalLife.Alive, await LookAsync(watch));
        }

        Assert.Equal(RivalLife.Dead, await LookAsync(watch));
        _registry.Beat();
        Assert.Equal(RivalLife.Alive, await LookAsync(watch));
    }

    [Fact]
    public async Task Look_NothingToAnnounce_WaitsForTheEndOfTheLease()
    {
        DrainerWatch watch = Watch();
        (_announces, _registry.IsAlive) = (false, true);
        for (int second = 0; second < 9; second++)
        {
            Assert.Equal(RivalLife.Unsure, await LookAsync(watch));
        }

        _registry.IsAlive = false;
        Assert.Equal(RivalLife.Dead, await LookAsync(watch));
    }

    /// <summary>A registry that was away, or did not take writes, could not hear anybody.</summary>
    [Theory]
    [InlineData("refuses to answer")]
    [InlineData("refuses writes")]
    [InlineData("nobody looked")]
    public async Task Look_ObservationWasBroken_BeginsAnew(string how)
    {
        DrainerWatch watch = Watch();
        for (int second = 0; second < 5; second++)
        {
            await LookAsync(watch);
        }

        switch (how)
        {
            case "nobody looked":
                _time.Advance(TimeSpan.FromSeconds(30));
                break;
            case "refuses to answer":
                _registry.Failure = new ClusterException("away", isTransient: true);
                await Assert.ThrowsAsync<ClusterException>(() => LookAsync(watch));
                _registry.Failure = null;
                break;
            default:
                _announces = false;
                _registry.IsAlive = true;
                await LookAsync(watch);
                _announces = true;
                break;
        }

        for (int second = 0; second < 6; second++)
        {
            Assert.Equal(RivalLife.Unsure, await LookAsync(watch));
        }

        Assert.Equal(RivalLife.Dead, await LookAsync(watch));
    }

    [Fact]
    public async Task Look_OwnEntry_IsNoRival()
    {
        var watch = new DrainerWatch(_registry, "d1", _ => Task.FromResult(true), _time);

        Assert.Empty(await watch.LookAsync(Token));
    }

    private DrainerWatch Watch() => new(_registry, "d2", _ => Task.FromResult(_announces), _time);

    /// <summary>One look, and a second after it.</summary>
    private async Task<RivalLife> LookAsync(DrainerWatch watch)
    {
        RivalLife life = Assert.Single(await watch.LookAsync(Token)).Life;
        _time.Advance(TimeSpan.FromSeconds(1));
        return life;
    }

    private sealed class HeardRegistry : INodeRegistry
    {
        private long _updateTs = 1;

        public bool IsAlive { get; set; }

        public ClusterException? Failure { get; set; }

        public void Beat() => _updateTs++;

        public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken) => Failure is { } failure
            ? Task.FromException<IReadOnlyList<NodeStatus>>(failure)
            : Task.FromResult<IReadOnlyList<NodeStatus>>([new NodeStatus { NodeId = "d1", Host = "h:1", State = NodeState.Online, IsAlive = IsAlive, UpdateTs = _updateTs }]);

        public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
