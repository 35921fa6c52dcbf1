using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Etcd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Registry;

/// <summary>Every test uses node IDs of its own, and looks at those only.</summary>
public sealed class EtcdNodeRegistryTests(SharedEtcd etcd) : IClassFixture<SharedEtcd>, IAsyncLifetime
{
    private EtcdServer _server = null!;
    private EtcdClient _client = null!;
    private EtcdNodeRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Id { get; } = $"pump-{Guid.NewGuid():N}:8250";

    private string Key => "/tidb-binlog/v1/pumps/" + Id;

    private string AliveKey => "/binlogd/v1/alive/pumps/" + Id;

    public async ValueTask InitializeAsync()
    {
        _server = await etcd.GetAsync(Token);
        _client = await etcd.ConnectAsync(Token);
        _registry = new EtcdNodeRegistry(_client, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(NodeRole.Pump, "pumps")]
    [InlineData(NodeRole.Drainer, "drainers")]
    public async Task PutAsync_Node_IsWhereAndHowTheOriginalHasIt(NodeRole role, string name)
    {
        await _registry.PutAsync(role, Status(NodeState.Online), Token);

        // The original lists and watches this prefix, with or without the slash at its end.
        IReadOnlyDictionary<string, string> seen = await _server.Gateway.ListAsync($"/tidb-binlog/v1/{name}", Token);
        Assert.Equal(
            new KeyValuePair<string, string>($"/tidb-binlog/v1/{name}/{Id}", ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "online", 5, 6, isAlive: "true")),
            seen.Single(entry => entry.Key.Contains(Id, StringComparison.Ordinal)));
        Assert.DoesNotContain((await _server.Gateway.ListAsync("/tidb-binlog", Token)).Keys, key => key.Contains(Id, StringComparison.Ordinal) && key != $"/tidb-binlog/v1/{name}/{Id}");
        Assert.Equal("10.0.0.1:8250", await _server.Gateway.GetAsync($"/binlogd/v1/alive/{name}/{Id}", Token));
        Assert.True((await FindAsync(role))!.IsAlive);
    }

    [Fact]
    public async Task RenewAsync_Heartbeats_WriteTheEntryAndKeepOneLease()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        long lease = await LeaseAsync();

        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online) with { MaxCommitTs = 7, UpdateTs = 8 }, Token);

        Assert.Equal(ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "online", 7, 8, isAlive: "true"), await _server.Gateway.GetAsync(Key, Token));
        Assert.Equal(lease, await LeaseAsync());
        Assert.Equal((7, 8, true), ((await FindAsync())!.MaxCommitTs, (await FindAsync())!.UpdateTs, (await FindAsync())!.IsAlive));
    }

    /// <summary>Drainers may have forgotten a node whose entry was removed; coming back by a heartbeat, it would be merged past.</summary>
    [Fact]
    public async Task RenewAsync_EntryWasRemoved_IsRefused()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await _server.Gateway.DeleteAsync(Key, Token);

        var exception = await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token));

        Assert.Contains("its key was removed", exception.Message, StringComparison.Ordinal);
        Assert.Null(await _server.Gateway.GetAsync(Key, Token));
    }

    [Fact]
    public async Task RenewAsync_BinlogctlHasSetItOffline_IsRefusedAndStaysSo()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await ForeignBinlogctl.UpdateAsync(_server, Key, "offline", Token);
        string? written = await _server.Gateway.GetAsync(Key, Token);

        var exception = await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token));
        await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Closing), Token));

        Assert.Contains($"The registry has Pump {Id} as offline", exception.Message, StringComparison.Ordinal);
        Assert.Equal(written, await _server.Gateway.GetAsync(Key, Token));
        Assert.Equal((NodeState.Offline, false), StateOf(await FindAsync()));
    }

    [Fact]
    public async Task RenewAsync_FirstOfAProcessAndTheEntryIsOffline_IsRefused()
    {
        await _server.Gateway.PutAsync(Key, ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "offline", 1, 2), Token);

        await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token));
        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Offline), Token);
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);

        Assert.Equal((NodeState.Online, true), StateOf(await FindAsync()));
    }

    [Fact]
    public async Task RenewAsync_OthersHaveWritten_KeepsTheirLabelAndFields()
    {
        const string Label = "{\"labels\":{\"zone\":\"a b\"}}";
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        string foreign = ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "paused", 1, 2, Label);
        await _server.Gateway.PutAsync(Key, foreign[..^1] + ",\"later\":{\"x\":[1]}}", Token);

        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online) with { UpdateTs = 9 }, Token);

        string expected = ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "online", 5, 9, Label, isAlive: "true")[..^1] + ",\"later\":{\"x\":[1]}}";
        Assert.Equal(expected, await _server.Gateway.GetAsync(Key, Token));
    }

    [Fact]
    public async Task PutAsync_EntryOfAnEarlierProcess_KeepsLabelsAndReplacesTheRest()
    {
        const string Label = "{\"labels\":{\"zone\":\"a\"}}";
        await _server.Gateway.PutAsync(Key, ForeignBinlogctl.Status(Id, "10.0.0.9:1", "offline", 1, 2, Label), Token);

        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);

        Assert.Equal(ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "online", 5, 6, Label, isAlive: "true"), await _server.Gateway.GetAsync(Key, Token));
    }

    [Fact]
    public async Task RenewAsync_EntryIsUnreadable_MendsIt()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await _server.Gateway.PutAsync(Key, "{\"nodeId\":", Token);
        ClusterException exception;
        try
        {
            exception = await Assert.ThrowsAsync<ClusterException>(() => FindAsync());
        }
        finally
        {
            await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        }

        Assert.Contains($"The key {Key} in etcd: The registry holds a node status that can't be read", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith($"etcdctl del {Key}", exception.Message, StringComparison.Ordinal);
        Assert.Equal((NodeState.Online, true), StateOf(await FindAsync()));
    }

    [Theory]
    [InlineData(NodeState.Paused)]
    [InlineData(NodeState.Offline)]
    public async Task RenewAsync_OrderlyEnd_IsNotAliveAtOnceAndLeavesNoLease(NodeState state)
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        long lease = await LeaseAsync();

        await _registry.RenewAsync(NodeRole.Pump, Status(state) with { IsAlive = false }, Token);

        Assert.Equal((state, false), StateOf(await FindAsync()));
        Assert.Null(await _server.Gateway.GetAsync(AliveKey, Token));
        Assert.Equal(TimeSpan.Zero, (await _client.KeepAliveAsync(lease, Token)).TimeToLive);
    }

    [Fact]
    public async Task ListAsync_PausedDrainerThatRunsOn_IsAlive()
    {
        await _registry.PutAsync(NodeRole.Drainer, Status(NodeState.Online), Token);

        await _registry.RenewAsync(NodeRole.Drainer, Status(NodeState.Paused) with { IsAlive = true }, Token);

        Assert.Equal((NodeState.Paused, true), StateOf(await FindAsync(NodeRole.Drainer)));
    }

    [Fact]
    public async Task ListAsync_LeaseHasEnded_IsNotAliveUntilTheNextHeartbeat()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await EndLeaseAsync();

        NodeStatus? silent = await FindAsync();
        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token);

        Assert.Equal((NodeState.Online, false), StateOf(silent));
        Assert.Equal((NodeState.Online, true), StateOf(await FindAsync()));
    }

    [Fact]
    public async Task ListAsync_NodeIsKilled_IsNotAliveAfterItsLease()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);

        await Eventually.HoldsAsync("the lease ends by itself", async () => !(await FindAsync())!.IsAlive, Token);

        Assert.Equal(NodeState.Online, (await FindAsync())!.State);
    }

    [Fact]
    public async Task RenewAsync_TwoProcessesUnderOneId_TheLivingOneStaysAlive()
    {
        var other = new EtcdNodeRegistry(_client, TimeProvider.System);
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await other.PutAsync(NodeRole.Pump, Status(NodeState.Online) with { Host = "10.0.0.2:8250" }, Token);
        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await other.RenewAsync(NodeRole.Pump, Status(NodeState.Paused) with { Host = "10.0.0.2:8250", IsAlive = false }, Token);
        Assert.Equal((NodeState.Paused, false), StateOf(await FindAsync()));

        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token);

        Assert.Equal((NodeState.Online, true), StateOf(await FindAsync()));
    }

    [Fact]
    public async Task TryReplaceAsync_NodeIsAlive_LeavesIt()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        NodeStatus found = (await FindAsync())!;

        Assert.False(await _registry.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token));
        Assert.Equal((NodeState.Online, true), StateOf(await FindAsync()));
    }

    [Fact]
    public async Task TryReplaceAsync_NodeIsDead_WritesAndKeepsTheRest()
    {
        const string Label = "{\"labels\":{\"zone\":\"a\"}}";
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await _server.Gateway.PutAsync(Key, ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "closing", 5, 6, Label, isAlive: "true"), Token);
        await EndLeaseAsync();
        NodeStatus found = (await FindAsync())!;

        Assert.True(await _registry.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token));
        Assert.Equal(ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "offline", 5, 6, Label), await _server.Gateway.GetAsync(Key, Token));
        await Assert.ThrowsAsync<NodeSetOfflineException>(() => _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online), Token));
    }

    [Fact]
    public async Task TryReplaceAsync_EntryHasChangedOrIsGone_LeavesIt()
    {
        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);
        await EndLeaseAsync();
        NodeStatus found = (await FindAsync())!;
        await _registry.RenewAsync(NodeRole.Pump, Status(NodeState.Online) with { UpdateTs = 99 }, Token);
        await EndLeaseAsync();

        Assert.False(await _registry.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token));
        Assert.Equal((NodeState.Online, false), StateOf(await FindAsync()));
        await _server.Gateway.DeleteAsync(Key, Token);
        Assert.False(await _registry.TryReplaceAsync(NodeRole.Pump, found, found with { State = NodeState.Offline }, Token));
        Assert.Null(await FindAsync());
    }

    [Fact]
    public async Task ListAsync_LegacyEntries_CountWhereThereIsNoNewerOne()
    {
        string legacy = "/tidb-binlog/pumps/" + Id;
        await _server.Gateway.PutAsync(legacy, ForeignBinlogctl.Status(Id, "10.0.0.7:8250", "paused", 1, 2), Token);
        await _server.Gateway.PutAsync(legacy + "/object", "something else", Token);
        NodeStatus? old = await FindAsync();
        Assert.True(await _registry.TryReplaceAsync(NodeRole.Pump, old!, old! with { State = NodeState.Offline }, Token));
        NodeStatus? replaced = await FindAsync();

        await _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online), Token);

        Assert.Equal(("10.0.0.7:8250", NodeState.Paused, false), (old!.Host, old.State, old.IsAlive));
        Assert.Equal(("10.0.0.7:8250", NodeState.Offline), (replaced!.Host, replaced.State));
        Assert.Equal(("10.0.0.1:8250", NodeState.Online), ((await FindAsync())!.Host, (await FindAsync())!.State));
    }

    [Fact]
    public async Task ListAsync_NodeOfTheOriginal_IsDeadWhenItsEntryWasWatchedForALease()
    {
        var time = new SkippingTimeProvider(TimeSpan.Zero);
        var registry = new EtcdNodeRegistry(_client, time);
        async Task<bool> LooksAliveAsync(NodeState? state = null)
        {
            NodeStatus found = (await registry.ListAsync(NodeRole.Pump, Token)).Single(node => node.NodeId == Id);
            Assert.Equal(state ?? NodeState.Online, found.State);
            return found.IsAlive;
        }

        await _server.Gateway.PutAsync(Key, ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "online", 1, 2), Token);
        for (int seconds = 0; seconds < 10; seconds++)
        {
            Assert.True(await LooksAliveAsync());
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(await LooksAliveAsync());
        await _server.Gateway.PutAsync(Key, ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "online", 1, 3), Token);
        Assert.True(await LooksAliveAsync());
        await _server.Gateway.PutAsync(Key, ForeignBinlogctl.Status(Id, "10.0.0.1:8250", "paused", 1, 4), Token);
        Assert.False(await LooksAliveAsync(NodeState.Paused));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(" a")]
    public async Task PutAsync_NameThatIsNoKey_IsRefused(string nodeId)
    {
        var exception = await Assert.ThrowsAsync<ClusterException>(() => _registry.PutAsync(NodeRole.Pump, Status(NodeState.Online) with { NodeId = nodeId }, Token));

        Assert.Contains($"The Pump's node ID is \"{nodeId}\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lease_IsTheOneThatNodesCountWith() => Assert.Equal(Binlog.Service.Embedded.NodeLeases.Lease, EtcdNodeRegistry.Lease);

    private static (NodeState State, bool IsAlive) StateOf(NodeStatus? status) => (status!.State, status.IsAlive);

    private NodeStatus Status(NodeState state) => new() { NodeId = Id, Host = "10.0.0.1:8250", State = state, IsAlive = state.IsRunning(), MaxCommitTs = 5, UpdateTs = 6 };

    private async Task<NodeStatus?> FindAsync(NodeRole role = NodeRole.Pump) => (await _registry.ListAsync(role, Token)).SingleOrDefault(node => node.NodeId == Id);

    private async Task<long> LeaseAsync() => (await _client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey(AliveKey)), Token)).Kvs.Single().Lease;

    /// <summary>What etcd does by itself when a lease was not kept alive.</summary>
    private async Task EndLeaseAsync() => await _client.RevokeLeaseAsync(await LeaseAsync(), Token);
}
