using System.Net;
using System.Net.Sockets;
using Binlog.Cluster.Etcd;
using Binlog.ClusterKit.Etcd;
using static Binlog.Cluster.Tests.Etcd.EtcdText;

namespace Binlog.Cluster.Tests.Etcd;

public sealed class EtcdFailOverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RangeAsync_FirstAddressIsDead_AsksTheNextOneAndStaysThere()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await server.Gateway.PutAsync("/k", "v", Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [ClosedAddress(), $"127.0.0.1:{server.Port}"] });

        Assert.Equal("v", await client.GetAsync("/k", Token));
        Assert.True(await client.TryCreateAsync("/l", "w", Token));
    }

    [Fact]
    public async Task AnyCall_NobodyListens_SaysWhereAndWhatToDo()
    {
        string closed = ClosedAddress();
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [closed], CallTimeout = TimeSpan.FromSeconds(0.5) });

        var read = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/k", Token));

        // Surely not done: no reason to call its outcome unknown.
        var write = await Assert.ThrowsAsync<ClusterException>(() => client.TryCreateAsync("/k", "v", Token));

        Assert.True(read.IsTransient && write.IsTransient);
        Assert.StartsWith($"etcd at {closed} did not answer Range of /k within 0.5 s; at last {closed}: Unavailable, Can't reach", read.Message, StringComparison.Ordinal);
        Assert.EndsWith("Check that etcd runs, that these are its client addresses, and that TLS is used on both sides or on none.", read.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("")]
    [InlineData("127.0.0.1:2379", "http://user@pd")]
    public void Constructor_NoAddressOrAnUnreadableOne_IsRefused(params string[] endpoints)
    {
        var exception = Assert.Throws<ClusterException>(() => new EtcdClient(new EtcdClientOptions { Endpoints = endpoints }));

        Assert.Contains("host:port", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsTransient);
    }

    [Fact]
    public async Task Calls_ServerIsKilledAndStartedAgain_GoOn()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], CallTimeout = TimeSpan.FromSeconds(60) });
        Assert.True(await client.TryCreateAsync("/k", "v", Token));
        server.Kill();

        Task<string?> reading = client.GetAsync("/k", Token);
        await server.StartAgainAsync(Token);

        Assert.Equal("v", await reading);
        Assert.False(await client.TryCreateAsync("/k", "w", Token));
    }

    [Fact]
    public async Task Write_ServerStandsStill_HasAnUnknownOutcomeAndIsFoundOutByReading()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], CallTimeout = TimeSpan.FromSeconds(1) });
        await client.PutAsync(Bytes("/other"), Bytes("x"), lease: 0, Token);
        server.Suspend();

        var write = await Assert.ThrowsAsync<EtcdOutcomeUnknownException>(() => client.TryCreateAsync("/k", "v", Token));
        var read = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/k", Token));
        server.Resume();
        bool isCreated = await client.TryCreateAsync("/k", "w", Token);

        Assert.True(write.IsTransient && read.IsTransient);
        Assert.Contains("so it may or may not have been done", write.Message, StringComparison.Ordinal);
        Assert.Equal(isCreated ? "w" : "v", await client.GetAsync("/k", Token));
    }

    [Fact]
    public async Task Calls_LeaderOfThreeIsKilled_GoOnAtTheOthers()
    {
        EtcdPrograms.Require();
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        EtcdServer leader = await cluster.FindLeaderAsync(cluster.Members[0], Token);

        // The leader is the one that is asked.
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [leader.Endpoint, .. cluster.Endpoints.Where(endpoint => endpoint != leader.Endpoint)] });
        Assert.True(await client.TryCreateAsync("/before", "1", Token));
        leader.Kill();

        await WriteUntilKnownAsync(() => client.TryCreateAsync("/after", "2", Token));

        Assert.Equal(("1", "2"), (await client.GetAsync("/before", Token), await client.GetAsync("/after", Token)));
    }

    [Fact]
    public async Task Calls_MemberOfThreeStandsStill_GoOnAtTheOthers()
    {
        EtcdPrograms.Require();
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        EtcdServer asked = cluster.Members[0];
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = cluster.Endpoints, MemberTimeout = TimeSpan.FromSeconds(1), CallTimeout = TimeSpan.FromSeconds(20) });
        Assert.True(await client.TryCreateAsync("/before", "1", Token));
        asked.Suspend();

        Assert.Equal("1", await client.GetAsync("/before", Token));
        await WriteUntilKnownAsync(() => client.TryCreateAsync("/after", "2", Token));

        Assert.Equal("2", await client.GetAsync("/after", Token));
        asked.Resume();
    }

    [Fact]
    public async Task Write_MemberWithoutLeader_SurelyIsNotDone()
    {
        EtcdPrograms.Require();
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        EtcdServer left = cluster.Members[0];
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [left.Endpoint], CallTimeout = TimeSpan.FromSeconds(3) });
        await using var patient = new EtcdClient(new EtcdClientOptions { Endpoints = [left.Endpoint], CallTimeout = TimeSpan.FromSeconds(60) });
        Assert.True(await client.TryCreateAsync("/before", "1", Token));
        cluster.Members[1].Kill();
        cluster.Members[2].Kill();
        await Assert.ThrowsAnyAsync<ClusterException>(() => client.GetAsync("/before", Token));

        // By now the member has noticed that it is alone.
        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.TryCreateAsync("/alone", "2", Token));
        Task<bool> creating = patient.TryCreateAsync("/back", "3", Token);
        await cluster.Members[1].StartAgainAsync(Token);

        Assert.Contains("etcdserver: no leader", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsTransient);
        Assert.True(await creating);
        Assert.Null(await patient.GetAsync("/alone", Token));
    }

    [Fact]
    public async Task Write_QuotaIsUsedUp_SaysWhatToDoAndReadsGoOn()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(new EtcdServerOptions { QuotaBytes = 500_000 }, Token);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint] });
        Assert.True(await client.TryCreateAsync("/k", "v", Token));
        EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(60), Token);
        string large = new('x', 100_000);

        var exception = await Assert.ThrowsAsync<ClusterException>(async () =>
        {
            for (int number = 0; number < 100; number++)
            {
                await client.TryCreateAsync($"/large/{number}", large, Token);
            }
        });

        Assert.Contains("ResourceExhausted, etcdserver: mvcc: database space exceeded. etcd's space quota is used up and it takes no writes", exception.Message, StringComparison.Ordinal);
        Assert.True(exception.IsTransient);
        Assert.Equal("v", await client.GetAsync("/k", Token));
        Assert.True((await client.KeepAliveAsync(lease.Id, Token)).TimeToLive > TimeSpan.Zero);
    }

    private static async Task WriteUntilKnownAsync(Func<Task> writeAsync)
    {
        while (true)
        {
            try
            {
                await writeAsync();
                return;
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                // An election is under way.
            }
        }
    }

    private static string ClosedAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }
}
