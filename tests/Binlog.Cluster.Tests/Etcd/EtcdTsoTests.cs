using System.Collections.Concurrent;
using System.Globalization;
using Binlog.Cluster.Etcd;
using Binlog.Cluster.Timestamps;
using Binlog.ClusterKit.Etcd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Etcd;

public sealed class EtcdTsoTests
{
    private const string Key = "/binlogd/v1/tso";

    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ulong Clock => (ulong)_time.GetUtcNow().ToUnixTimeMilliseconds() << 18;

    [Fact]
    public async Task NextAsync_FollowsTheClockAndNeverGoesBack()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, _time);

        ulong first = await tso.NextAsync(1, Token);
        ulong third = await tso.NextAsync(2, Token);
        _time.Advance(TimeSpan.FromMilliseconds(5));
        ulong later = await tso.NextAsync(1, Token);
        _time.Advance(TimeSpan.FromDays(-365));
        ulong back = await tso.NextAsync(1 << 18, Token);
        ulong other = await new EtcdTso(client, _time).NextAsync(1, Token);

        _time.Advance(TimeSpan.FromDays(365));
        Assert.Equal((Clock - (5UL << 18) + 1, Clock - (5UL << 18) + 3, Clock + 1, Clock + 1 + (1 << 18), Clock + 2 + (1 << 18)), (first, third, later, back, other));
    }

    /// <summary>Nothing is reserved for those who ask later: the key has what was given out.</summary>
    [Fact]
    public async Task NextAsync_Key_HasTheLastTimestampGivenOut()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);

        ulong last = await new EtcdTso(client, _time).NextAsync(7, Token);

        Assert.Equal(last.ToString(CultureInfo.InvariantCulture), await server.Gateway.GetAsync(Key, Token));
    }

    [Fact]
    public async Task NextAsync_ManyCallersAtOnce_ShareTransactions()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, _time);

        ulong[] last = await Task.WhenAll(Enumerable.Range(1, 1000).Select(count => tso.NextAsync(count, Token).AsTask()));

        Assert.Equal(Enumerable.Range(1, 1000).Select(count => Clock + (ulong)(count * (count + 1) / 2)), last);
        long version = (await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey(Key)), Token)).Kvs.Single().Version;
        Assert.InRange(version, 1, 100);
    }

    [Fact]
    public async Task ObserveAsync_NothingNew_TellsWhatOthersWereGivenAndWritesNothing()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, _time);
        var other = new EtcdTso(client, _time);
        Assert.Equal(0UL, await tso.ObserveAsync(0, Token));
        await tso.NextAsync(1, Token);

        ulong given = await other.NextAsync(5, Token);
        _time.Advance(TimeSpan.FromHours(1));

        // As far as timestamps were given out, not as far as the clock is.
        Assert.Equal(given, await tso.ObserveAsync(given - 3, Token));
        Assert.Equal(given, await tso.ObserveAsync(given, Token));
        Assert.Equal(2, (await client.RangeAsync(EtcdOperations.RangeRequestOf(EtcdRange.OfKey(Key)), Token)).Kvs.Single().Version);
    }

    [Fact]
    public async Task ObserveAsync_SeenElsewhere_NoLaterTimestampIsBelowAnywhere()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, _time);
        var other = new EtcdTso(client, _time);
        await other.NextAsync(1, Token);
        ulong seen = Clock + (1UL << 40);

        ulong announced = await tso.ObserveAsync(seen, Token);
        await server.RestartAsync(Token);

        Assert.Equal(seen, announced);
        Assert.Equal(seen + 1, await other.NextAsync(1, Token));
        Assert.Equal(seen + 1, await tso.ObserveAsync(seen - 1, Token));
    }

    [Fact]
    public async Task ObserveAsync_GreatestThatIsAccepted_LeavesRoomAboveIt()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, _time);

        var exception = await Assert.ThrowsAsync<ClusterException>(async () => await tso.ObserveAsync(TsoLimits.Max + 1, Token));
        ulong announced = await tso.ObserveAsync(TsoLimits.Max, Token);

        Assert.Contains($"has seen the timestamp {TsoLimits.Max + 1}; expected at most {TsoLimits.Max}", exception.Message, StringComparison.Ordinal);
        Assert.Equal((TsoLimits.Max, TsoLimits.Max + 9), (announced, await tso.NextAsync(9, Token)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("12 ")]
    [InlineData("0x10")]
    [InlineData("9223372036854775808")]
    public async Task NextAsync_KeyHasNoTimestamp_IsRefusedAndLeavesIt(string value)
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        await server.Gateway.PutAsync(Key, value, Token);
        var tso = new EtcdTso(client, _time);

        var exception = await Assert.ThrowsAsync<ClusterException>(async () => await tso.NextAsync(1, Token));

        Assert.Contains($"The key {Key} in etcd holds \"{value}\"; expected the cluster's greatest timestamp as a decimal number", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsTransient);
        Assert.Equal(value, await server.Gateway.GetAsync(Key, Token));
    }

    [Fact]
    public async Task NextAsync_NoneAreLeft_IsRefused()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        await server.Gateway.PutAsync(Key, "9223372036854775805", Token);
        var tso = new EtcdTso(client, _time);

        await Assert.ThrowsAsync<ClusterException>(async () => await tso.NextAsync(3, Token));

        Assert.Equal(9223372036854775807UL, await tso.NextAsync(2, Token));
    }

    [Fact]
    public async Task NextAsync_ClockBeyondAllTimestamps_IsRefused()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        _time.Advance(TimeSpan.FromDays(366 * 600));

        var exception = await Assert.ThrowsAsync<ClusterException>(async () => await new EtcdTso(client, _time).NextAsync(1, Token));

        Assert.Contains("Set the clock", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>etcd was restored from a backup, or somebody changed the key.</summary>
    [Fact]
    public async Task NextAsync_KeyHasGoneBack_AProcessNeverRepeatsItself()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, _time);
        ulong first = await tso.NextAsync(100, Token);

        await server.Gateway.DeleteAsync(Key, Token);

        Assert.Equal(first + 1, await tso.NextAsync(1, Token));
        await server.Gateway.PutAsync(Key, "5", Token);
        Assert.Equal(first + 1, await tso.ObserveAsync(7, Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData((1 << 18) + 1)]
    public async Task NextAsync_CountOutOfRange_IsRefused(int count)
    {
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = ["127.0.0.1:1"] });

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await new EtcdTso(client, _time).NextAsync(count, Token));
    }

    [Fact]
    public async Task NextAsync_EtcdIsAway_FailsForAllWhoWaitAndWorksAgain()
    {
        await using EtcdServer server = await StartAsync();
        await using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], CallTimeout = TimeSpan.FromSeconds(0.5) });
        var tso = new EtcdTso(client, TimeProvider.System);
        ulong before = await tso.NextAsync(1, Token);
        server.Kill();

        Task<ulong>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => tso.NextAsync(1, Token).AsTask())];
        foreach (Task<ulong> task in waiting)
        {
            Assert.True((await Assert.ThrowsAnyAsync<ClusterException>(() => task)).IsTransient);
        }

        await server.StartAgainAsync(Token);
        Assert.True(await tso.NextAsync(1, Token) > before);
    }

    [Fact]
    public async Task NextAsync_CallerGivesUp_OthersGetTheirs()
    {
        await using EtcdServer server = await StartAsync();
        await using EtcdClient client = Connect(server);
        var tso = new EtcdTso(client, TimeProvider.System);
        server.Suspend();
        using var givingUp = new CancellationTokenSource();
        Task<ulong> first = tso.NextAsync(1, givingUp.Token).AsTask();
        Task<ulong> second = tso.NextAsync(1, Token).AsTask();

        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        server.Resume();

        Assert.True(await second > 0);
    }

    [Fact]
    public async Task NextAsync_SeveralHostsWhileEtcdIsKilled_AreUniqueAndInTheOrderOfTime()
    {
        await using EtcdServer server = await StartAsync();
        EtcdClient[] clients = [.. Enumerable.Range(0, 3).Select(_ => Connect(server))];
        EtcdTso[] hosts = [.. clients.Select((client, number) => new EtcdTso(client, new OffsetTimeProvider(TimeSpan.FromMinutes(number * 7))))];
        var calls = new ConcurrentQueue<(long Began, ulong First, ulong Last, long Ended)>();
        using var stopping = new CancellationTokenSource();
        Task[] callers = [.. Enumerable.Range(0, 9).Select(number => CallAsync(hosts[number % hosts.Length], number, calls, stopping.Token))];

        for (int kill = 0; kill < 5; kill++)
        {
            int before = calls.Count;
            await Eventually.HoldsAsync("timestamps are given out", () => calls.Count > before + 200, Token);
            await server.RestartAsync(Token);
        }

        await stopping.CancelAsync();
        await Task.WhenAll(callers);
        foreach (EtcdClient client in clients)
        {
            await client.DisposeAsync();
        }

        AssertUniqueAndInOrder([.. calls]);
        TestContext.Current.TestOutputHelper!.WriteLine($"{calls.Count} calls");
    }

    [Fact]
    public async Task NextAsync_LeaderOfThreeIsKilled_AreUniqueAndInTheOrderOfTime()
    {
        EtcdPrograms.Require();
        await using EtcdCluster cluster = await EtcdCluster.StartAsync(Token);
        EtcdClient[] clients = [.. Enumerable.Range(0, 3).Select(number => new EtcdClient(new EtcdClientOptions { Endpoints = [.. cluster.Endpoints.Skip(number), .. cluster.Endpoints.Take(number)] }))];
        EtcdTso[] hosts = [.. clients.Select(client => new EtcdTso(client, TimeProvider.System))];
        var calls = new ConcurrentQueue<(long Began, ulong First, ulong Last, long Ended)>();
        using var stopping = new CancellationTokenSource();
        Task[] callers = [.. Enumerable.Range(0, 6).Select(number => CallAsync(hosts[number % hosts.Length], number, calls, stopping.Token))];

        for (int kill = 0; kill < 2; kill++)
        {
            int before = calls.Count;
            await Eventually.HoldsAsync("timestamps are given out", () => calls.Count > before + 100, Token);
            EtcdServer leader = await cluster.FindLeaderAsync(cluster.Members[0], Token);
            leader.Kill();
            int without = calls.Count;
            await Eventually.HoldsAsync("timestamps are given out without it", () => calls.Count > without + 20, Token);
            await leader.StartAgainAsync(Token);
        }

        await stopping.CancelAsync();
        await Task.WhenAll(callers);
        foreach (EtcdClient client in clients)
        {
            await client.DisposeAsync();
        }

        AssertUniqueAndInOrder([.. calls]);
    }

    private static async Task CallAsync(EtcdTso tso, int seed, ConcurrentQueue<(long Began, ulong First, ulong Last, long Ended)> calls, CancellationToken stopping)
    {
        var random = new Random(seed);
        while (!stopping.IsCancellationRequested)
        {
            int count = random.Next(1, 5);
            long began = TimeProvider.System.GetTimestamp();
            try
            {
                ulong last = await tso.NextAsync(count, Token);
                calls.Enqueue((began, last - (ulong)count + 1, last, TimeProvider.System.GetTimestamp()));
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                // etcd is away for longer than a call lasts.
            }
        }
    }

    private static void AssertUniqueAndInOrder(IReadOnlyList<(long Began, ulong First, ulong Last, long Ended)> calls)
    {
        ulong last = 0;
        foreach ((long _, ulong first, ulong end, long _) in calls.OrderBy(call => call.First))
        {
            Assert.True(first > last, $"{first} was given out twice");
            last = end;
        }

        // A call that began after another one had ended has greater timestamps.
        (long Began, ulong First, ulong Last, long Ended)[] byEnd = [.. calls.OrderBy(call => call.Ended)];
        ulong ended = 0;
        int next = 0;
        foreach ((long began, ulong first, ulong _, long _) in calls.OrderBy(call => call.Began))
        {
            for (; byEnd[next].Ended < began; next++)
            {
                ended = Math.Max(ended, byEnd[next].Last);
            }

            Assert.True(first > ended, $"{first} was asked for after {ended} had been given out");
        }
    }

    private static EtcdClient Connect(EtcdServer server) => new(new EtcdClientOptions { Endpoints = [server.Endpoint] });

    private static async Task<EtcdServer> StartAsync()
    {
        EtcdPrograms.Require();
        return await EtcdServer.StartAsync(cancellationToken: Token);
    }

    /// <summary>A host's wrong clock.</summary>
    private sealed class OffsetTimeProvider(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;
    }
}
