using Binlog.Cluster.Etcd;
using Binlog.ClusterKit.Etcd;
using static Binlog.Cluster.Tests.Etcd.EtcdText;

namespace Binlog.Cluster.Tests.Etcd;

public sealed class EtcdAuthTests
{
    private const string User = "binlog";
    private const string Password = "s3cret of binlog";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_UserWithItsPassword_AreDoneAndOnlyWhereItMay()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server, User, Password);

        Assert.True(await client.TryCreateAsync("/may/a", "1", Token));
        Assert.Equal("1", await client.GetAsync("/may/a", Token));
        EtcdLease lease = await client.GrantLeaseAsync(TimeSpan.FromSeconds(60), Token);
        await client.PutAsync(Bytes("/may/b"), Bytes("2"), lease.Id, Token);
        Assert.Equal(TimeSpan.FromSeconds(60), (await client.KeepAliveAsync(lease.Id, Token)).TimeToLive);
        await client.RevokeLeaseAsync(lease.Id, Token);
        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/may-not", Token));

        Assert.Null(await client.GetAsync("/may/b", Token));
        Assert.False(exception.IsTransient);
        Assert.Equal(
            $"etcd at {server.Endpoint} refuses Range of /may-not: PermissionDenied, etcdserver: permission denied. Give etcd's user binlog a role that may read and write the prefixes /tidb-binlog/ and /binlogd/.",
            exception.Message);
    }

    [Fact]
    public async Task Calls_WrongPassword_AreRefusedWithoutShowingIt()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server, User, "wr0ng");

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/may/a", Token));

        Assert.False(exception.IsTransient);
        Assert.Contains($"etcd at {server.Endpoint} refuses Authenticate: InvalidArgument, etcdserver: authentication failed, invalid user ID or password. Check the name and the password of etcd's user binlog.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", exception + client.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_WithoutUser_AreRefusedWithTheRemedy()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server, null, null);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetAsync("/may/a", Token));

        Assert.False(exception.IsTransient);
        Assert.EndsWith("It wants a user: configure one with its password.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_ServerHasForgottenTheToken_TakeAnotherOne()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server, User, Password);
        Assert.True(await client.TryCreateAsync("/may/a", "1", Token));

        // Tokens live in the member's memory.
        await server.RestartAsync(Token);

        Assert.True(await client.TryCreateAsync("/may/b", "2", Token));
        Assert.Equal("1", await client.GetAsync("/may/a", Token));
    }

    [Fact]
    public async Task Calls_TokenHasExpired_TakeAnotherOne()
    {
        await using EtcdServer server = await StartAsync(tokenSeconds: 1);
        await using EtcdClient client = Connect(server, User, Password);
        Assert.True(await client.TryCreateAsync("/may/a", "1", Token));

        // A second token, taken later and not used meanwhile, has expired at the first try that finds it so: then the client's has, too.
        await server.Gateway.LogInAsync(User, Password, Token);
        while (await IsTakenAsync(server))
        {
            await Task.Delay(TimeSpan.FromSeconds(2.5), Token);
        }

        Assert.Equal("1", await client.GetAsync("/may/a", Token));
    }

    [Fact]
    public async Task Calls_AuthenticationIsTurnedOnLater_LogIn()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server, User, Password);
        Assert.True(await client.TryCreateAsync("/may/a", "1", Token));

        await server.Gateway.EnableAuthAsync("root's", User, Password, ["/may/"], Token);

        Assert.Equal("1", await client.GetAsync("/may/a", Token));
    }

    [Fact]
    public async Task Watch_ServerHasForgottenTheToken_GoesOn()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server, User, Password);
        long known = await client.PutAsync(Bytes("/may/a"), Bytes("0"), lease: 0, Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfPrefix("/may/")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        await client.PutAsync(Bytes("/may/a"), Bytes("1"), lease: 0, Token);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["/may/a=1"], changes.Current.Texts());

        await server.RestartAsync(Token);
        await server.Gateway.LogInAsync(User, Password, Token);
        await server.Gateway.PutAsync("/may/a", "2", Token);

        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(["/may/a=2"], changes.Current.Texts());
    }

    [Fact]
    public async Task Watch_WhereTheUserMayNot_IsRefused()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server, User, Password);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfPrefix("/may/"), EtcdRange.OfPrefix("/may-not/")], 0).ReadAsync(Token).GetAsyncEnumerator(Token);

        var exception = await Assert.ThrowsAsync<ClusterException>(async () => await changes.MoveNextAsync());

        Assert.False(exception.IsTransient);
        Assert.Contains("refuses Watch of /may/*, /may-not/*: PermissionDenied", exception.Message, StringComparison.Ordinal);
    }

    private static EtcdClient Connect(EtcdServer server, string? user, string? password) => new(new EtcdClientOptions { Endpoints = [server.Endpoint], User = user, Password = password });

    private static async Task<EtcdServer> StartAsync(int tokenSeconds = 300)
    {
        EtcdPrograms.Require();
        EtcdServer server = await EtcdServer.StartAsync(new EtcdServerOptions { AuthTokenSeconds = tokenSeconds }, Token);
        await server.Gateway.EnableAuthAsync("root's", User, Password, ["/may/"], Token);
        return server;
    }

    private static async Task<bool> IsTakenAsync(EtcdServer server)
    {
        try
        {
            await server.Gateway.GetAsync("/may/a", Token);
            return true;
        }
        catch (InvalidOperationException exception) when (exception.Message.Contains("invalid auth token", StringComparison.Ordinal))
        {
            return false;
        }
    }
}
