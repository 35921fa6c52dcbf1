using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Embedded;
using Binlog.Service.Tests.Pump.Leaving;
using Binlog.TestKit.Time;

namespace Binlog.Service.Tests.Embedded;

public sealed class LeasedRegistryTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly NodeTable _table = new();
    private readonly LeasedRegistry _registry;

    public LeasedRegistryTests() => _registry = new LeasedRegistry(_table, new NodeLeases(_time));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_NoHeartbeatForALease_IsDead()
    {
        await LiveAsync(TimeSpan.FromSeconds(20), "own");
        await BeatAsync("a");
        await LiveAsync(TimeSpan.FromSeconds(9), "own");
        Assert.True(await IsAliveAsync("a"));

        await LiveAsync(TimeSpan.FromSeconds(2), "own");

        Assert.False(await IsAliveAsync("a"));
        Assert.True(await IsAliveAsync("own"));
        Assert.Equal(NodeState.Online, (await FindAsync("a")).State);
    }

    [Fact]
    public async Task List_HeartbeatAfterDeath_IsAliveAgain()
    {
        await BeatAsync("a");
        await LiveAsync(TimeSpan.FromSeconds(30), "own");
        Assert.False(await IsAliveAsync("a"));

        await BeatAsync("a");

        Assert.True(await IsAliveAsync("a"));
    }

    /// <summary>A registry that can't write hears its nodes all the same, and must not take that for an absence of its own.</summary>
    [Fact]
    public async Task List_DiskOfTheRegistryIsFull_TheSilentAreDeadAndTheHeardAlive()
    {
        await BeatAsync("a");
        await LiveAsync(TimeSpan.FromSeconds(20), "own");
        _table.FailingWrites = 20;
        for (int second = 0; second < 20; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Assert.ThrowsAsync<ClusterException>(() => BeatAsync("own"));
        }

        Assert.False(await IsAliveAsync("a"));
        Assert.True(await IsAliveAsync("own"));
    }

    [Fact]
    public async Task List_RegistryJustStarted_EverybodyHasOneLease()
    {
        _table.Add(NodeRole.Pump, Node("a", NodeState.Online));
        Assert.True(await IsAliveAsync("a"));
        await LiveAsync(TimeSpan.FromSeconds(9), "own");
        Assert.True(await IsAliveAsync("a"));

        await LiveAsync(TimeSpan.FromSeconds(2), "own");

        Assert.False(await IsAliveAsync("a"));
    }

    /// <summary>SIGSTOP for a minute: that nobody was heard is the registry's own doing.</summary>
    [Fact]
    public async Task List_RegistryWasStoppedForAMinute_EverybodyHasOneLease()
    {
        await BeatAsync("a");
        await LiveAsync(TimeSpan.FromSeconds(20), "a");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await IsAliveAsync("a"));

        await LiveAsync(TimeSpan.FromSeconds(11), "own");

        Assert.False(await IsAliveAsync("a"));
    }

    [Theory]
    [InlineData(NodeState.Online, true)]
    [InlineData(NodeState.Pausing, true)]
    [InlineData(NodeState.Closing, true)]
    [InlineData(NodeState.Paused, false)]
    [InlineData(NodeState.Offline, false)]
    public async Task List_State_OnlyOneThatRunsIsAlive(NodeState state, bool expected)
    {
        await _registry.PutAsync(NodeRole.Pump, Node("a", state), Cancelled);

        Assert.Equal(expected, await IsAliveAsync("a"));
    }

    /// <summary>A Drainer that is paused runs on, says so, and dies like others.</summary>
    [Fact]
    public async Task List_PausedNodeThatRunsOn_IsAliveForALease()
    {
        await _registry.PutAsync(NodeRole.Pump, Node("a", NodeState.Paused) with { IsAlive = true }, Cancelled);
        Assert.True(await IsAliveAsync("a"));

        await LiveAsync(TimeSpan.FromSeconds(20), "own");
        Assert.False(await IsAliveAsync("a"));
    }

    [Fact]
    public async Task List_SameNameInTheOtherRole_HasItsOwnLease()
    {
        await _registry.PutAsync(NodeRole.Drainer, Node("a", NodeState.Online), Cancelled);
        await LiveAsync(TimeSpan.FromSeconds(20), "a");

        Assert.False((await _registry.ListAsync(NodeRole.Drainer, Cancelled)).Single().IsAlive);
        Assert.True(await IsAliveAsync("a"));
    }

    [Fact]
    public async Task TryReplace_Dead_IsWrittenAndNoHeartbeat()
    {
        await BeatAsync("a");
        await LiveAsync(TimeSpan.FromSeconds(20), "own");
        NodeStatus dead = await FindAsync("a");

        Assert.True(await _registry.TryReplaceAsync(NodeRole.Pump, dead, dead with { State = NodeState.Closing }, Cancelled));

        NodeStatus now = await FindAsync("a");
        Assert.Equal((NodeState.Closing, false), (now.State, now.IsAlive));
    }

    /// <summary>Its heartbeat was heard, though the registry's disk had no room for it.</summary>
    [Fact]
    public async Task TryReplace_HeardSinceItWasRead_IsLeftAlone()
    {
        await BeatAsync("a");
        await LiveAsync(TimeSpan.FromSeconds(20), "own");
        NodeStatus dead = await FindAsync("a");
        _table.FailingWrites = 1;
        await Assert.ThrowsAsync<ClusterException>(() => BeatAsync("a"));

        Assert.False(await _registry.TryReplaceAsync(NodeRole.Pump, dead, dead with { State = NodeState.Offline }, Cancelled));
        Assert.Equal(NodeState.Online, (await FindAsync("a")).State);
    }

    private static NodeStatus Node(string id, NodeState state) => new() { NodeId = id, Host = "127.0.0.1:1", State = state };

    private Task BeatAsync(string id) => _registry.PutAsync(NodeRole.Pump, Node(id, NodeState.Online), Cancelled);

    /// <summary>Time passes while one node sends its heartbeats.</summary>
    private async Task LiveAsync(TimeSpan time, string id)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await BeatAsync(id);
        }
    }

    private async Task<bool> IsAliveAsync(string id) => (await FindAsync(id)).IsAlive;

    private async Task<NodeStatus> FindAsync(string id) => (await _registry.ListAsync(NodeRole.Pump, Cancelled)).Single(node => node.NodeId == id);
}
