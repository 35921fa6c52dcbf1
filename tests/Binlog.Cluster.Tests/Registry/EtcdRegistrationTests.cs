using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Etcd;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Cluster.Tests.Registry;

/// <summary>The rules of a node's life, with the registry in a real etcd.</summary>
public sealed class EtcdRegistrationTests : IAsyncLifetime
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private EtcdServer _server = null!;
    private EtcdClient _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        EtcdPrograms.Require();
        _server = await EtcdServer.StartAsync(cancellationToken: Token);
        _client = new EtcdClient(new EtcdClientOptions { Endpoints = [_server.Endpoint] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _client.DisposeAsync();
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Life_StartPauseStart_IsInTheRegistry()
    {
        var observer = new EtcdNodeRegistry(_client, TimeProvider.System);
        await using (NodeRegistration first = Registration("10.0.0.1:8250"))
        {
            Assert.Equal(NodeState.Offline, await first.FindPreviousStateAsync(Token));
            await first.GoOnlineAsync(Interval, Token);
            Assert.Equal((NodeState.Online, true), await StateAsync(observer));
            Assert.NotNull(first.Term);
        }

        Assert.Equal((NodeState.Paused, false), await StateAsync(observer));
        await using NodeRegistration second = Registration("10.0.0.1:8250");
        Assert.Equal(NodeState.Paused, await second.FindPreviousStateAsync(Token));
        Assert.True(await second.TryResumeAsync(Interval, Token));
        Assert.Equal((NodeState.Online, true), await StateAsync(observer));
    }

    [Fact]
    public async Task GivenUp_BinlogctlSetsTheRunningNodeOffline_EndsIt()
    {
        await using NodeRegistration registration = Registration("10.0.0.1:8250");
        await registration.GoOnlineAsync(Interval, Token);

        await ForeignBinlogctl.UpdateAsync(_server, "/tidb-binlog/v1/pumps/p", "offline", Token);

        var exception = await Assert.ThrowsAsync<ServiceException>(() => registration.GivenUp.WaitAsync(Token));
        Assert.Contains("The registry has Pump p as offline", exception.Message, StringComparison.Ordinal);
        Assert.Equal(NodeState.Offline, registration.State);
    }

    [Fact]
    public async Task TryResumeAsync_SetOfflineSinceTheLook_IsAStartFromOffline()
    {
        await _server.Gateway.PutAsync("/tidb-binlog/v1/pumps/p", ForeignBinlogctl.Status("p", "10.0.0.1:8250", "online", 1, 2), Token);
        await using NodeRegistration registration = Registration("10.0.0.1:8250");
        Assert.Equal(NodeState.Online, await registration.FindPreviousStateAsync(Token));

        await ForeignBinlogctl.UpdateAsync(_server, "/tidb-binlog/v1/pumps/p", "offline", Token);

        Assert.False(await registration.TryResumeAsync(Interval, Token));
        await registration.GoOnlineAsync(Interval, Token);
        Assert.Equal((NodeState.Online, true), await StateAsync(new EtcdNodeRegistry(_client, TimeProvider.System)));
    }

    [Fact]
    public async Task FindPreviousState_LivingNodeElsewhere_IsRefused()
    {
        await using NodeRegistration running = Registration("10.0.0.1:8250");
        await running.GoOnlineAsync(Interval, Token);
        await using NodeRegistration second = Registration("10.0.0.2:8250");

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => second.FindPreviousStateAsync(Token));

        Assert.Contains("it is online at 10.0.0.1:8250 and sends heartbeats", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeats_EtcdIsKilledAndStartedAgain_GoOnWithTheSameLife()
    {
        var observer = new EtcdNodeRegistry(_client, TimeProvider.System);
        await using NodeRegistration registration = Registration("10.0.0.1:8250");
        await registration.GoOnlineAsync(Interval, Token);
        for (int kill = 0; kill < 3; kill++)
        {
            await _server.RestartAsync(Token);
            long written = (await observer.ListAsync(NodeRole.Pump, Token)).Single().UpdateTs;
            await Eventually.HoldsAsync("heartbeats go on", async () => (await observer.ListAsync(NodeRole.Pump, Token)).Single().UpdateTs > written, Token);
        }

        Assert.False(registration.GivenUp.IsCompleted);
        Assert.Equal((NodeState.Online, true), await StateAsync(observer));
    }

    [Fact]
    public async Task Heartbeats_LeaderOfThreeIsKilled_GoOnAtTheOthers()
    {
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = cluster.Endpoints });
        var observer = new EtcdNodeRegistry(client, TimeProvider.System);
        await using var registration = new NodeRegistration(new EtcdNodeRegistry(client, TimeProvider.System), NodeRole.Drainer, new NodeAddress("d", "10.0.0.1:8249"), () => 5, TimeProvider.System, NullLogger.Instance);
        await registration.GoOnlineAsync(Interval, Token);
        async Task<NodeStatus?> LookAsync()
        {
            try
            {
                return (await observer.ListAsync(NodeRole.Drainer, Token)).Single();
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                return null;
            }
        }

        (await cluster.FindLeaderAsync(cluster.Members[0], Token)).Kill();
        long killed = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() << 18;

        await Eventually.HoldsAsync("heartbeats go on", async () => await LookAsync() is { IsAlive: true } found && found.UpdateTs > killed, Token);
        Assert.False(registration.GivenUp.IsCompleted);
    }

    private static async Task<(NodeState State, bool IsAlive)> StateAsync(EtcdNodeRegistry registry)
    {
        NodeStatus found = (await registry.ListAsync(NodeRole.Pump, Token)).Single();
        return (found.State, found.IsAlive);
    }

    /// <summary>A process of its own: it shares nothing with another one but etcd.</summary>
    private NodeRegistration Registration(string address) => new(
        new EtcdNodeRegistry(_client, TimeProvider.System), NodeRole.Pump, new NodeAddress("p", address), () => 5, TimeProvider.System, NullLogger.Instance);
}
