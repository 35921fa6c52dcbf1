using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Pumps;
using Binlog.TestKit.Waiting;
using Binlog.TiDB.Records;

namespace Binlog.Cluster.Tests.Pumps;

/// <summary>Which Pumps a client knows, as the registry lists them.</summary>
public sealed class DiscoveryTests : IAsyncDisposable
{
    private readonly ScriptedCluster _cluster = new();
    private readonly FakeNodeWatch _registry = new();
    private ulong _startTs;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task OpenAsync_NoPumpListed_SaysSoWhenTheTimeIsOver()
    {
        _registry.List();

        var exception = await Assert.ThrowsAsync<ClusterException>(() => OpenAsync(new PumpClientOptions { DiscoveryTimeout = TimeSpan.FromSeconds(1) }));

        Assert.StartsWith("No Pump is online: the registry lists none.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NoneOnline_NamesThemAndTheirStates()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", pump, NodeState.Paused), FakeNodeWatch.Node("b", pump, NodeState.Offline));

        var exception = await Assert.ThrowsAsync<ClusterException>(() => OpenAsync(new PumpClientOptions { DiscoveryTimeout = TimeSpan.FromSeconds(1) }));

        Assert.Contains($"the registry lists a at {pump.Address} (paused), b at {pump.Address} (offline).", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_RegistryFails_SaysWhy()
    {
        _registry.Fail("the registry is on fire");

        var exception = await Assert.ThrowsAsync<ClusterException>(() => OpenAsync(new PumpClientOptions { DiscoveryTimeout = TimeSpan.Zero }));

        Assert.Contains("Watching the registry failed: the registry is on fire", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_PumpComesOnlineInTime_Opens()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        _registry.List();
        Task<PumpClient> opening = OpenAsync(new PumpClientOptions { DiscoveryTimeout = TimeSpan.FromHours(1) });
        Assert.False(opening.IsCompleted);

        _registry.List(FakeNodeWatch.Node("a", pump));

        PumpClient client = await opening.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal([new PumpView("a", pump.Address, NodeState.Online, true, "")], client.Pumps);
    }

    [Fact]
    public async Task OpenAsync_AddressThatIsNone_SaysSo()
    {
        var exception = await Assert.ThrowsAsync<ClusterException>(
            () => _cluster.OpenAsync(new PumpClientOptions { DiscoveryTimeout = TimeSpan.Zero }, PumpSource.Addresses("not an address")));

        Assert.Contains("not an address", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Its address can't be used", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_None_Throws()
    {
        Assert.ThrowsAny<ArgumentException>(() => PumpSource.Addresses());
        Assert.ThrowsAny<ArgumentException>(() => PumpSource.Socket("relative.sock"));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => _cluster.OpenAsync(new PumpClientOptions { CallTimeout = TimeSpan.Zero }, PumpSource.Addresses("127.0.0.1:1")));
    }

    [Fact]
    public async Task List_NewPump_GetsPrewrites()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", one));
        PumpClient client = await OpenAsync();
        await PrewriteAsync(client);
        Assert.Empty(two.Received);

        await ListAsync(client, FakeNodeWatch.Node("a", one), FakeNodeWatch.Node("b", two));

        await PrewriteAsync(client, times: 4);
        Assert.Equal((3, 2), (one.Prewrites.Count, two.Prewrites.Count));
    }

    [Theory]
    [InlineData(NodeState.Pausing)]
    [InlineData(NodeState.Paused)]
    [InlineData(NodeState.Closing)]
    [InlineData(NodeState.Offline)]
    public async Task List_PumpLeavesTheStateOnline_GetsPrewritesOnlyWhenItIsBack(NodeState state)
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", one), FakeNodeWatch.Node("b", two));
        PumpClient client = await OpenAsync();

        await ListAsync(client, FakeNodeWatch.Node("a", one, state), FakeNodeWatch.Node("b", two));
        await PrewriteAsync(client, times: 4);
        Assert.Empty(one.Received);

        await ListAsync(client, FakeNodeWatch.Node("a", one), FakeNodeWatch.Node("b", two));
        await PrewriteAsync(client, times: 4);
        Assert.Equal(2, one.Prewrites.Count);
    }

    [Fact]
    public async Task List_PumpRemoved_ItsTransactionsAreStillDecidedOnIt()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", one));
        PumpClient client = await OpenAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(client);

        await ListAsync(client, FakeNodeWatch.Node("b", two));
        await PrewriteAsync(client, times: 3);
        await transaction.CommitAsync(1000, Cancelled);

        Assert.Equal([BinlogType.Prewrite, BinlogType.Commit], one.Received.Select(header => header.Type));
        Assert.Equal(3, two.Prewrites.Count);
    }

    [Fact]
    public async Task List_PumpAtAnotherAddress_ItsTransactionsAreDecidedThere()
    {
        ScriptedPump before = await _cluster.StartPumpAsync(), after = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", before));
        PumpClient client = await OpenAsync();
        PrewrittenTransaction transaction = await PrewriteAsync(client);
        await before.StopAsync();

        await ListAsync(client, FakeNodeWatch.Node("a", after));
        await transaction.CommitAsync(1000, Cancelled);

        Assert.Equal(("a", after.Address), (transaction.PumpNodeId, transaction.PumpAddress));
        Assert.Equal([BinlogType.Commit], after.Received.Select(header => header.Type));
    }

    [Fact]
    public async Task Prewrite_NoPumpOnlineForAWhile_WaitsForOne()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", pump));
        PumpClient client = await OpenAsync(new PumpClientOptions { WriteTimeout = TimeSpan.FromHours(10) });
        await ListAsync(client, FakeNodeWatch.Node("a", pump, NodeState.Paused));

        Task<PrewrittenTransaction> prewrite = PrewriteAsync(client);
        await Eventually.HoldsAsync("it looked three times", () => _cluster.Time.Skips >= 3, Cancelled);
        Assert.False(prewrite.IsCompleted);
        await ListAsync(client, FakeNodeWatch.Node("a", pump));

        await prewrite.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Single(pump.Received);
    }

    [Fact]
    public async Task Prewrite_NoPumpOnline_FailsWhenTheTimeIsOver()
    {
        ScriptedPump pump = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", pump));
        PumpClient client = await OpenAsync(new PumpClientOptions { WriteTimeout = TimeSpan.FromSeconds(2) });
        await ListAsync(client);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => PrewriteAsync(client));

        Assert.Contains("no Pump is online", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Fails_IsBegunAnewAndThePumpsRemain()
    {
        ScriptedPump one = await _cluster.StartPumpAsync(), two = await _cluster.StartPumpAsync();
        _registry.List(FakeNodeWatch.Node("a", one));
        PumpClient client = await OpenAsync();

        _registry.Fail("compacted");
        await Eventually.HoldsAsync("it was begun anew", () => _registry.Watches == 2, Cancelled);
        Assert.Contains("compacted", client.DiscoveryProblem, StringComparison.Ordinal);
        await PrewriteAsync(client);

        await ListAsync(client, FakeNodeWatch.Node("a", one), FakeNodeWatch.Node("b", two));
        await Eventually.HoldsAsync("the problem is over", () => client.DiscoveryProblem.Length == 0, Cancelled);
        await PrewriteAsync(client, times: 2);
        Assert.Equal((2, 1), (one.Prewrites.Count, two.Prewrites.Count));
    }

    private Task<PumpClient> OpenAsync(PumpClientOptions? options = null) => _cluster.OpenAsync(options ?? new PumpClientOptions(), PumpSource.Registry(_registry));

    /// <summary>Lists nodes, and waits until the client knows.</summary>
    private async Task ListAsync(PumpClient client, params NodeStatus[] nodes)
    {
        _registry.List(nodes);
        await Eventually.HoldsAsync(
            "the client knows the list",
            () => client.Pumps.Select(pump => (pump.NodeId, pump.Address, pump.State)).SequenceEqual(nodes.Select(node => (node.NodeId, node.Host, node.State))),
            Cancelled);
    }

    private async Task<PrewrittenTransaction> PrewriteAsync(PumpClient client, int times = 1)
    {
        PrewrittenTransaction last = null!;
        for (; times > 0; times--)
        {
            ulong startTs = ++_startTs;
            last = await client.Begin(startTs).PrewriteAsync(ScriptedCluster.Prewrite(startTs), Cancelled);
        }

        return last;
    }
}
