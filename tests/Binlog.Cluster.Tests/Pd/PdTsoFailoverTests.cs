using System.Collections.Concurrent;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Pd;

public sealed class PdTsoFailoverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NextAsync_LeaderMovesUnderManyCallers_LosesNoneAndGivesNoneTwice(bool closesStreams)
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });

        await TakeManyAsync(pd, move =>
        {
            pd.MoveLeader(move % 3, closesStreams);
            return Task.CompletedTask;
        });

        Assert.All(pd.Members, member => Assert.True(member.Calls.ContainsKey("Tso"), $"{member.Name} never led"));
    }

    [Fact]
    public async Task NextAsync_LeadersDieAndAnswersGetLostUnderManyCallers_GivesNoneTwice()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });

        await TakeManyAsync(pd, async move =>
        {
            PdDoubleMember old = pd.Leader!;
            int answers = 0;
            old.Tamper = answer => Interlocked.Increment(ref answers) == 3 ? null : answer;
            pd.MoveLeader(move % 3);
            await old.StopAsync();
            await old.StartAsync();
        });
    }

    // Every timestamp must be above all that anybody had got before the call for it began.
    private static async Task TakeManyAsync(PdDouble pd, Func<int, Task> disturbAsync)
    {
        const int Callers = 32;
        const int CallsEach = 60;
        const int CallsBetweenMoves = Callers * CallsEach / 6;
        await using var client = new PdClient(new PdClientOptions { Endpoints = [pd.Members[0].Url] });
        var given = new ConcurrentBag<ulong>();
        int done = 0;
        ulong highest = 0;

        await Task.WhenAll(Enumerable.Range(1, Callers).Select(caller => Task.Run(
            async () =>
            {
                for (int call = 0; call < CallsEach; call++)
                {
                    int count = 1 + ((caller + call) % 3);
                    ulong before = Volatile.Read(ref highest);
                    ulong last = await client.Tso.NextAsync(count, Token);
                    ulong first = last - (ulong)count + 1;
                    Assert.True(first > before, $"{first} to {last} after {before}");
                    RaiseTo(ref highest, last);
                    for (ulong timestamp = first; timestamp <= last; timestamp++)
                    {
                        given.Add(timestamp);
                    }

                    int now = Interlocked.Increment(ref done);
                    if (now % CallsBetweenMoves == 0)
                    {
                        await disturbAsync(now / CallsBetweenMoves);
                    }
                }
            },
            Token)));

        Assert.Equal(Callers * CallsEach, done);
        Assert.Equal(given.Count, given.Distinct().Count());
    }

    private static void RaiseTo(ref ulong highest, ulong value)
    {
        ulong seen = Volatile.Read(ref highest);
        while (seen < value)
        {
            ulong found = Interlocked.CompareExchange(ref highest, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    [Fact]
    public async Task NextAsync_AnswerIsLostWithTheStream_ItsTimestampsAreNeverHandedOut()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd, out _);
        ulong lost = 0;
        pd.Members[0].Tamper = answer =>
        {
            if (lost != 0)
            {
                return answer;
            }

            lost = ((ulong)answer.Timestamp.Physical << 18) | (ulong)answer.Timestamp.Logical;
            return null;
        };

        ulong given = await client.Tso.NextAsync(5, Token);

        Assert.NotEqual(0ul, lost);
        Assert.True(given - 4 > lost);
        Assert.Equal(2, pd.Members[0].Calls["Tso"]);
    }

    [Fact]
    public async Task NextAsync_LeaderDiesWhileCallersWait_TheNextLeaderServesThem()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        await using PdClient client = Connect(pd, out _);
        ulong before = await client.Tso.NextAsync(1, Token);
        pd.Members[0].Hold.Close();
        Task<ulong>[] waiting = [.. Enumerable.Range(0, 20).Select(_ => client.Tso.NextAsync(1, Token).AsTask())];
        await Eventually.HoldsAsync("a request", () => pd.Members[0].Hold.Waiting == 1, Token);

        pd.MoveLeader(1);
        await pd.Members[0].StopAsync();

        ulong[] given = await Task.WhenAll(waiting);
        Assert.Equal(20, given.Distinct().Count());
        Assert.All(given, timestamp => Assert.True(timestamp > before));
    }

    [Fact]
    public async Task NextAsync_LeaderIsSilent_AnotherOneIsAsked()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 2 });
        await using PdClient client = Connect(pd, out SkippingTimeProvider time);
        await client.Tso.NextAsync(1, Token);
        pd.Members[0].Hold.Close();
        Task<ulong> waiting = client.Tso.NextAsync(1, Token).AsTask();
        await Eventually.HoldsAsync("the request", () => pd.Members[0].Hold.Waiting == 1, Token);

        pd.MoveLeader(1);
        time.Advance(PdLimits.AttemptTimeout);

        Assert.NotEqual(0ul, await waiting);
        Assert.Contains("did not answer a request for timestamps within 3 s", client.Describe().LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NextAsync_PdIsSilent_FailsAfterFiveSeconds()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd, out SkippingTimeProvider time);
        pd.Members[0].Hold.Close();
        Task<ulong> waiting = client.Tso.NextAsync(1, Token).AsTask();
        await Eventually.HoldsAsync("the request", () => pd.Members[0].Hold.Waiting == 1, Token);

        time.Advance(PdLimits.CallTimeout);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => waiting);
        Assert.True(exception.IsTransient);
        Assert.Contains("within 5 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NextAsync_AllMembersDownAndBack_FailsMeanwhileAndGoesOn()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 2 });
        await using PdClient client = Connect(pd, out _);
        ulong before = await client.Tso.NextAsync(1, Token);
        await pd.Members[0].StopAsync();
        await pd.Members[1].StopAsync();

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.Tso.NextAsync(1, Token).AsTask());

        Assert.True(exception.IsTransient);
        await pd.Members[1].StartAsync();
        await pd.Members[0].StartAsync();
        pd.MoveLeader(1);
        Assert.True(await client.Tso.NextAsync(1, Token) > before);
    }

    [Fact]
    public async Task NextAsync_StreamEndsWhileNobodyWaits_IsOpenedAgain()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd, out _);
        ulong before = await client.Tso.NextAsync(1, Token);

        pd.Members[0].CloseStreams();
        await Eventually.HoldsAsync("the end of the stream", () => client.Describe().LastError is not null, Token);

        Assert.True(await client.Tso.NextAsync(1, Token) > before);
        Assert.Equal(1, pd.Members[0].OpenStreams);
    }

    [Fact]
    public async Task NextAsync_MemberOfAnotherClusterTookTheAddress_IsRefused()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { ClusterId = 11 });
        await using PdClient client = Connect(pd, out _);
        await client.Tso.NextAsync(1, Token);

        pd.Members[0].ClusterId = 12;

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.Tso.NextAsync(1, Token).AsTask());
        Assert.False(exception.IsTransient);
        Assert.Contains("belongs to the cluster with ID 12; expected 11", exception.Message, StringComparison.Ordinal);
    }

    private static PdClient Connect(PdDouble pd, out SkippingTimeProvider time)
    {
        time = new SkippingTimeProvider(TimeSpan.FromMilliseconds(500));
        return new PdClient(new PdClientOptions { Endpoints = pd.Endpoints, Time = time });
    }
}
