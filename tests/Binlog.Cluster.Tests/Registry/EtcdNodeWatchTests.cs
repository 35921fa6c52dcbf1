using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Etcd;

namespace Binlog.Cluster.Tests.Registry;

public sealed class EtcdNodeWatchTests
{
    private const string Prefix = "/tidb-binlog/v1/pumps/";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WatchAsync_EntriesComeChangeDieAndGo_ListsThemEachTime()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        var registry = new EtcdNodeRegistry(client, TimeProvider.System);
        await registry.PutAsync(NodeRole.Pump, Status("a", NodeState.Online), Token);
        await registry.PutAsync(NodeRole.Drainer, Status("d", NodeState.Online), Token);
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = registry.WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);

        await NextAsync(lists, "a=online*");
        await server.Gateway.PutAsync(Prefix + "b", ForeignBinlogctl.Status("b", "10.0.0.2:8250", "paused", 1, 2), Token);
        await NextAsync(lists, "a=online*, b=paused");
        await registry.RenewAsync(NodeRole.Pump, Status("a", NodeState.Closing), Token);
        await NextAsync(lists, "a=closing*, b=paused");
        await EndLeaseAsync(client, "a");
        await NextAsync(lists, "a=closing, b=paused");
        await server.Gateway.DeleteAsync(Prefix + "b", Token);
        await NextAsync(lists, "a=closing");
    }

    [Fact]
    public async Task WatchAsync_SlowReader_GetsManyChangesAsOneList()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        var registry = new EtcdNodeRegistry(client, TimeProvider.System);
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = registry.WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);
        await NextAsync(lists, "");
        for (int number = 0; number < 50; number++)
        {
            await server.Gateway.PutAsync(Prefix + "a", ForeignBinlogctl.Status("a", $"10.0.0.{number}:8250", "paused", 1, 2), Token);
        }

        int count = 0;
        do
        {
            Assert.True(await lists.MoveNextAsync());
            count++;
        }
        while (lists.Current.Single().Host != "10.0.0.49:8250");

        Assert.InRange(count, 1, 50);
    }

    [Fact]
    public async Task WatchAsync_EtcdIsKilledAndHistoryCompacted_ListsAnew()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        var registry = new EtcdNodeRegistry(client, TimeProvider.System);
        await server.Gateway.PutAsync(Prefix + "a", ForeignBinlogctl.Status("a", "10.0.0.1:8250", "paused", 1, 2), Token);
        await server.Gateway.PutAsync(Prefix + "gone", ForeignBinlogctl.Status("gone", "10.0.0.3:8250", "paused", 1, 2), Token);
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = registry.WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);
        await NextAsync(lists, "a=paused, gone=paused");

        server.Kill();
        await server.StartHiddenAsync(Token);
        await server.Gateway.PutAsync(Prefix + "b", ForeignBinlogctl.Status("b", "10.0.0.2:8250", "offline", 1, 2), Token);
        await server.Gateway.DeleteAsync(Prefix + "gone", Token);
        await server.Gateway.CompactAsync(await server.Gateway.PutAsync(Prefix + "a", ForeignBinlogctl.Status("a", "10.0.0.1:8250", "offline", 1, 3), Token), Token);
        await server.RestartAsync(Token);

        await NextAsync(lists, "a=offline, b=offline");
        await server.Gateway.PutAsync(Prefix + "c", ForeignBinlogctl.Status("c", "10.0.0.4:8250", "offline", 1, 2), Token);
        await NextAsync(lists, "a=offline, b=offline, c=offline");
    }

    [Fact]
    public async Task WatchAsync_EtcdIsAwayAtTheBeginning_WaitsForIt()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], CallTimeout = TimeSpan.FromSeconds(0.5) });
        await server.Gateway.PutAsync(Prefix + "a", ForeignBinlogctl.Status("a", "10.0.0.1:8250", "paused", 1, 2), Token);
        server.Kill();
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = new EtcdNodeRegistry(client, TimeProvider.System).WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);
        Task next = NextAsync(lists, "a=paused");

        await Assert.ThrowsAsync<ClusterException>(() => new EtcdNodeRegistry(client, TimeProvider.System).ListAsync(NodeRole.Pump, Token));
        Assert.False(next.IsCompleted);
        await server.StartAgainAsync(Token);

        await next;
    }

    [Fact]
    public async Task WatchAsync_EntryCannotBeRead_SaysWhichOne()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = new EtcdNodeRegistry(client, TimeProvider.System).WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);
        await NextAsync(lists, "");

        await server.Gateway.PutAsync(Prefix + "bad", "[]", Token);
        var exception = await Assert.ThrowsAsync<ClusterException>(async () => await lists.MoveNextAsync());

        Assert.Contains($"The key {Prefix}bad in etcd", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchAsync_WrongPassword_IsRefused()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await server.Gateway.EnableAuthAsync("r", "u", "p", ["/tidb-binlog/", "/binlogd/"], Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], User = "u", Password = "q" });
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = new EtcdNodeRegistry(client, TimeProvider.System).WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);

        var exception = await Assert.ThrowsAsync<ClusterException>(async () => await lists.MoveNextAsync());

        Assert.Contains("authentication failed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllOfIt_UserWithTheTwoPrefixesOnly_IsEnough()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await server.Gateway.EnableAuthAsync("r", "u", "p", ["/tidb-binlog/", "/binlogd/"], Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], User = "u", Password = "p" });
        var registry = new EtcdNodeRegistry(client, TimeProvider.System);
        var tso = new EtcdTso(client, TimeProvider.System);

        await registry.PutAsync(NodeRole.Pump, Status("a", NodeState.Online), Token);
        await registry.RenewAsync(NodeRole.Pump, Status("a", NodeState.Online), Token);
        await using IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists = registry.WatchAsync(NodeRole.Pump, Token).GetAsyncEnumerator(Token);
        await NextAsync(lists, "a=online*");
        await registry.RenewAsync(NodeRole.Pump, Status("a", NodeState.Paused) with { IsAlive = false }, Token);
        await NextAsync(lists, "a=paused");

        Assert.True(await tso.ObserveAsync(await tso.NextAsync(1, Token), Token) > 0);
    }

    private static EtcdClient Connect(EtcdServer server) => new(new EtcdClientOptions { Endpoints = [server.Endpoint] });

    private static NodeStatus Status(string nodeId, NodeState state) =>
        new() { NodeId = nodeId, Host = "10.0.0.1:8250", State = state, IsAlive = state.IsRunning(), MaxCommitTs = 5, UpdateTs = 6 };

    private static async Task EndLeaseAsync(EtcdClient client, string nodeId) => await client.RevokeLeaseAsync(
        (await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey("/binlogd/v1/alive/pumps/" + nodeId)), Token)).Kvs.Single().Lease, Token);

    /// <summary>Reads lists until one is as expected: an entry and its lease may come one after the other.</summary>
    private static async Task NextAsync(IAsyncEnumerator<IReadOnlyList<NodeStatus>> lists, string expected)
    {
        string seen;
        do
        {
            Assert.True(await lists.MoveNextAsync());
            seen = string.Join(", ", lists.Current.Select(node => $"{node.NodeId}={node.State.ToName()}{(node.IsAlive ? "*" : "")}"));
        }
        while (seen != expected);
    }
}
