using Binlog.Cluster;
using Binlog.Cluster.Embedded;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Cluster;

/// <summary>The embedded cluster over the network: the host that has the file, a host that joined it, and their clients.</summary>
public sealed class EmbeddedClusterClientTests : IAsyncDisposable
{
    private const ulong Hour = 3_600_000UL << 18;

    private static readonly NodeStatus Node = new() { NodeId = "p", Host = "127.0.0.1:1", State = NodeState.Paused, MaxCommitTs = 5 };

    private readonly TemporaryDirectory _directory = new();
    private readonly List<IAsyncDisposable> _owned = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        for (int index = _owned.Count - 1; index >= 0; index--)
        {
            await _owned[index].DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Calls_ThroughTheFirstHost_ReachItsFile()
    {
        (ClusterAccess first, HostPort address) = await StartHostAsync(join: null);
        EmbeddedClusterClient client = Client(address.ToString());

        await client.PutAsync(NodeRole.Pump, Node, Cancelled);
        ulong tso = await client.NextAsync(10, Cancelled);

        Assert.Equal(Node, Assert.Single(await first.Registry.ListAsync(NodeRole.Pump, Cancelled)));
        Assert.Equal(Node, Assert.Single(await client.ListAsync(NodeRole.Pump, Cancelled)));
        Assert.Empty(await client.ListAsync(NodeRole.Drainer, Cancelled));
        Assert.True(await first.Tso.NextAsync(1, Cancelled) > tso);
        Assert.Equal(tso + Hour, await client.ObserveAsync(tso + Hour, Cancelled));
        Assert.Equal(tso + Hour, await first.Tso.ObserveAsync(0, Cancelled));
    }

    [Fact]
    public async Task Calls_ThroughAJoinedHost_ReachTheFirstHostsFile()
    {
        (ClusterAccess first, HostPort address) = await StartHostAsync(join: null);
        (_, HostPort second) = await StartHostAsync(join: address);
        (_, HostPort third) = await StartHostAsync(join: second);
        EmbeddedClusterClient client = Client(third.ToString());

        await client.PutAsync(NodeRole.Drainer, Node, Cancelled);
        ulong tso = await client.NextAsync(1, Cancelled);

        Assert.Equal(Node, Assert.Single(await first.Registry.ListAsync(NodeRole.Drainer, Cancelled)));
        Assert.True(await first.Tso.NextAsync(1, Cancelled) > tso);
        Assert.Equal(tso + Hour, await client.ObserveAsync(tso + Hour, Cancelled));
    }

    [Fact]
    public async Task RenewAsync_SetOffline_IsRefusedThroughAJoinedHostToo()
    {
        (ClusterAccess first, HostPort address) = await StartHostAsync(join: null);
        (_, HostPort second) = await StartHostAsync(join: address);
        EmbeddedClusterClient client = Client(second.ToString());
        NodeStatus online = Node with { State = NodeState.Online };
        await client.PutAsync(NodeRole.Pump, online, Cancelled);
        await client.RenewAsync(NodeRole.Pump, online, Cancelled);
        await client.RenewAsync(NodeRole.Drainer, online, Cancelled);

        await first.Registry.PutAsync(NodeRole.Pump, Node with { State = NodeState.Offline }, Cancelled);

        var exception = await Assert.ThrowsAsync<NodeSetOfflineException>(() => client.RenewAsync(NodeRole.Pump, online, Cancelled));
        Assert.Contains("The registry has Pump p as offline", exception.Message, StringComparison.Ordinal);
        Assert.Equal(NodeState.Offline, Assert.Single(await first.Registry.ListAsync(NodeRole.Pump, Cancelled)).State);
        await client.RenewAsync(NodeRole.Pump, Node with { State = NodeState.Offline }, Cancelled);
        await client.PutAsync(NodeRole.Pump, online, Cancelled);
        await client.RenewAsync(NodeRole.Pump, online, Cancelled);
    }

    [Fact]
    public async Task TryReplaceAsync_OnlyOverTheEntryThatWasRead_ThroughAJoinedHostToo()
    {
        (ClusterAccess first, HostPort address) = await StartHostAsync(join: null);
        (_, HostPort second) = await StartHostAsync(join: address);
        EmbeddedClusterClient client = Client(second.ToString());
        Assert.False(await client.TryReplaceAsync(NodeRole.Pump, Node, Node, Cancelled));
        await client.PutAsync(NodeRole.Pump, Node, Cancelled);
        NodeStatus offline = Node with { State = NodeState.Offline };

        Assert.False(await client.TryReplaceAsync(NodeRole.Pump, Node with { UpdateTs = 1 }, offline, Cancelled));
        Assert.False(await client.TryReplaceAsync(NodeRole.Drainer, Node, offline, Cancelled));
        Assert.Equal(Node, Assert.Single(await first.Registry.ListAsync(NodeRole.Pump, Cancelled)));

        Assert.True(await client.TryReplaceAsync(NodeRole.Pump, Node, offline, Cancelled));
        Assert.Equal(offline, Assert.Single(await first.Registry.ListAsync(NodeRole.Pump, Cancelled)));
    }

    [Fact]
    public async Task Calls_NobodyListens_TransientAndNamesTheAddress()
    {
        string address = FreePort.Address();

        var exception = await Assert.ThrowsAsync<ClusterException>(() => Client(address).ListAsync(NodeRole.Pump, Cancelled));

        Assert.True(exception.IsTransient);
        Assert.Contains(address, exception.Message, StringComparison.Ordinal);
        Assert.Contains("cluster.join", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_FirstHostAway_TransientThroughAJoinedHostToo()
    {
        (_, HostPort second) = await StartHostAsync(join: new HostPort("127.0.0.1", FreePort.Take()));

        var exception = await Assert.ThrowsAsync<ClusterException>(() => Client(second.ToString()).ListAsync(NodeRole.Pump, Cancelled));

        Assert.True(exception.IsTransient);
    }

    [Fact]
    public async Task Calls_OtherCluster_NotTransientAndNamesBoth()
    {
        (_, HostPort address) = await StartHostAsync(join: null);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => Client(address.ToString(), clusterId: 8).PutAsync(NodeRole.Pump, Node, Cancelled));

        Assert.False(exception.IsTransient);
        Assert.Contains("belongs to cluster 7, the caller to cluster 8", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(262_145)]
    [InlineData(-1)]
    public async Task NextAsync_ImpossibleCount_Refused(int count)
    {
        (_, HostPort address) = await StartHostAsync(join: null);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => Client(address.ToString()).NextAsync(count, Cancelled).AsTask());

        Assert.Contains("expected 1 to 262144", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ObserveAsync_TimestampOfTheFarFuture_RefusedAndForgotten()
    {
        (ClusterAccess first, HostPort address) = await StartHostAsync(join: null);
        ulong before = await first.Tso.NextAsync(1, Cancelled);

        await Assert.ThrowsAsync<ClusterException>(() => Client(address.ToString()).ObserveAsync(ulong.MaxValue, Cancelled).AsTask());

        Assert.True(await first.Tso.NextAsync(1, Cancelled) > before);
        Assert.True(await first.Tso.ObserveAsync(0, Cancelled) < ulong.MaxValue / 2);
    }

    [Fact]
    public async Task Calls_Cancelled_Ends()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(FreePort.Address()).ListAsync(NodeRole.Pump, source.Token));
    }

    private async Task<(ClusterAccess Access, HostPort Address)> StartHostAsync(HostPort? join)
    {
        string directory = Directory.CreateDirectory(_directory.Combine($"host{_owned.Count}")).FullName;
        ClusterAccess access = await ClusterAccess.OpenAsync(new HostOptions { DataDir = directory, Cluster = new ClusterOptions { Id = 7, Join = join } }, TimeProvider.System, CancellationToken.None);
        _owned.Add(access);
        NodeServer server = await NodeServer.StartAsync(
            new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Services = access.Services }, NullLoggerFactory.Instance, Cancelled);
        _owned.Add(server);
        return (access, server.BoundAddress);
    }

    private EmbeddedClusterClient Client(string address, ulong clusterId = 7)
    {
        var client = new EmbeddedClusterClient(address, clusterId, TimeProvider.System);
        _owned.Add(client);
        return client;
    }
}
