using System.Globalization;
using Binlog.Cluster.Etcd;
using Binlog.ClusterKit.Etcd;

namespace Binlog.Cluster.Tests.Etcd;

public sealed class EtcdWatchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_SeveralRanges_TellsWhatComesAfterTheKnownRevision()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        await server.Gateway.PutAsync("/a/1", "known", Token);
        long known = await server.Gateway.PutAsync("/b/1", "known", Token);
        await server.Gateway.PutAsync("/b/1", "missed", Token);
        await server.Gateway.PutAsync("/c/1", "of no interest", Token);

        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfPrefix("/a/"), EtcdRange.OfPrefix("/b/"), EtcdRange.OfKey("/d")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        var seen = new List<string> { await NextAsync(changes) };
        await server.Gateway.PutAsync("/d", "new", Token);
        seen.Add(await NextAsync(changes));
        await server.Gateway.DeleteAsync("/a/1", Token);
        seen.Add(await NextAsync(changes));
        await server.Gateway.PutAsync("/dd", "of no interest", Token);
        await server.Gateway.PutAsync("/a/2", "new", Token);
        seen.Add(await NextAsync(changes));

        Assert.Equal(["1 /b/1=missed", "2 /d=new", "0 /a/1-", "0 /a/2=new"], seen);
    }

    [Fact]
    public async Task Watch_ServerIsKilledAgainAndAgain_TellsEveryChangeOnceAndInOrder()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        long known = await server.Gateway.PutAsync("/n", "0", Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/n")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        const int Changes = 60;
        Task<List<string>> reading = ReadAsync(changes, Changes);

        for (int number = 1; number <= Changes; number++)
        {
            if (number % 20 == 0)
            {
                server.Kill();
                await server.StartHiddenAsync(Token);
                await server.Gateway.PutAsync("/n", number.ToString(CultureInfo.InvariantCulture), Token);
                await server.RestartAsync(Token);
            }
            else
            {
                await server.Gateway.PutAsync("/n", number.ToString(CultureInfo.InvariantCulture), Token);
            }
        }

        Assert.Equal(Enumerable.Range(1, Changes).Select(number => $"/n={number}"), await reading);
    }

    [Fact]
    public async Task Watch_MissedChangesAreCompacted_SaysSo()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        long known = await server.Gateway.PutAsync("/n", "0", Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/other"), EtcdRange.OfKey("/n")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        await server.Gateway.PutAsync("/n", "1", Token);
        Assert.Equal("1 /n=1", await NextAsync(changes));

        server.Kill();
        await server.StartHiddenAsync(Token);
        await server.Gateway.PutAsync("/n", "2", Token);
        await server.Gateway.CompactAsync(await server.Gateway.PutAsync("/n", "3", Token), Token);
        await server.RestartAsync(Token);
        var exception = await Assert.ThrowsAsync<EtcdCompactedException>(() => NextAsync(changes));

        Assert.Contains("has compacted what a watch has not seen yet", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_MemberOfThreeStandsStill_GoesOnAtAnother()
    {
        EtcdPrograms.Require();
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        EtcdServer watched = cluster.Members[0];
        EtcdServer other = cluster.Members[1];
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = cluster.Endpoints });
        long known = await other.Gateway.PutAsync("/n", "0", Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/n")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        await other.Gateway.PutAsync("/n", "1", Token);
        Assert.Equal("0 /n=1", await NextAsync(changes));

        // Its connections stay, and it says nothing.
        watched.Suspend();
        await PutUntilTakenAsync(other, "/n", "2");

        Assert.StartsWith("0 /n=2", await NextAsync(changes), StringComparison.Ordinal);
        watched.Resume();
    }

    [Fact]
    public async Task Watch_MemberLosesItsLeader_DoesNotStaySilentAndMissesNothing()
    {
        EtcdPrograms.Require();
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        EtcdServer watched = cluster.Members[0];
        EtcdServer other = cluster.Members[1];
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [watched.Endpoint, other.Endpoint] });
        long known = await watched.Gateway.PutAsync("/n", "0", Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/n")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        await watched.Gateway.PutAsync("/n", "1", Token);
        Assert.Equal("0 /n=1", await NextAsync(changes));

        // The watched one stays alone; then the others come back without it.
        other.Kill();
        cluster.Members[2].Kill();
        await Assert.ThrowsAnyAsync<Exception>(() => watched.Gateway.PutAsync("/n", "lost", Token));
        watched.Kill();
        await Task.WhenAll(other.StartAgainAsync(Token), cluster.Members[2].StartAgainAsync(Token));
        await PutUntilTakenAsync(other, "/n", "2");

        Assert.EndsWith("/n=2", await NextAsync(changes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_QuietForLong_IsAskedAndStays()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        var time = new ScaledTimeProvider(10);
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], Time = time });
        long known = await server.Gateway.PutAsync("/n", "0", Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/n")], known).ReadAsync(Token).GetAsyncEnumerator(Token);
        Task<string> next = NextAsync(changes);
        long started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < 5 * EtcdWatchStream.Silence)
        {
            Assert.False(next.IsCompleted);
            await Task.Delay(EtcdWatchStream.Silence / 5, time, Token);
        }

        await server.Gateway.PutAsync("/n", "1", Token);

        Assert.Equal("0 /n=1", await next);
    }

    [Fact]
    public async Task Watch_Cancelled_Ends()
    {
        EtcdPrograms.Require();
        await using EtcdServer server = await EtcdServer.StartAsync(cancellationToken: Token);
        await using EtcdClient client = Connect(server);
        using var cancellation = new CancellationTokenSource();
        long known = await server.Gateway.PutAsync("/n", "0", Token);
        await using IAsyncEnumerator<EtcdWatchBatch> changes = client.Watch([EtcdRange.OfKey("/n")], known).ReadAsync(cancellation.Token).GetAsyncEnumerator(Token);
        await server.Gateway.PutAsync("/n", "1", Token);
        await NextAsync(changes);

        Task<string> next = NextAsync(changes);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static EtcdClient Connect(EtcdServer server) => new(new EtcdClientOptions { Endpoints = [server.Endpoint] });

    private static async Task<string> NextAsync(IAsyncEnumerator<EtcdWatchBatch> changes)
    {
        Assert.True(await changes.MoveNextAsync());
        return $"{changes.Current.Range} {string.Join(", ", changes.Current.Texts())}";
    }

    private static async Task<List<string>> ReadAsync(IAsyncEnumerator<EtcdWatchBatch> changes, int count)
    {
        var seen = new List<string>();
        while (seen.Count < count && await changes.MoveNextAsync())
        {
            seen.AddRange(changes.Current.Texts());
        }

        return seen;
    }

    /// <summary>An election may be under way.</summary>
    private static async Task PutUntilTakenAsync(EtcdServer server, string key, string value)
    {
        while (true)
        {
            try
            {
                await server.Gateway.PutAsync(key, value, Token);
                return;
            }
            catch (Exception exception) when (exception is InvalidOperationException or HttpRequestException)
            {
                await Task.Delay(50, Token);
            }
        }
    }
}
