using Binlog.Cluster.Contracts.Pd;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Pd;

public sealed class PdTsoTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(500));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NextAsync_OneAfterAnother_Increases()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);

        ulong first = await client.Tso.NextAsync(1, Token);
        ulong second = await client.Tso.NextAsync(10, Token);
        ulong third = await client.Tso.NextAsync(1, Token);

        Assert.True(second - 10 >= first);
        Assert.True(third > second);
        Assert.Equal(1, pd.Members[0].OpenStreams);
    }

    [Fact]
    public async Task NextAsync_CallersThatWaitTogether_ShareARequest()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);
        await client.Tso.NextAsync(1, Token);
        pd.Members[0].Hold.Close();

        // Each of the first ones may be a request of its own; the rest has to wait for the stream.
        Task<ulong>[] calls = [.. Enumerable.Range(0, 200).Select(_ => client.Tso.NextAsync(3, Token).AsTask())];
        pd.Members[0].Hold.Open();
        ulong[] last = await Task.WhenAll(calls);

        Assert.InRange(pd.Members[0].Calls["Tso"], 2, 1 + PdLimits.MaxTsoRequestsUnderWay + 20);
        ulong[] all = [.. last.SelectMany(end => new[] { end - 2, end - 1, end })];
        Assert.Equal(600, all.Distinct().Count());
        Assert.Equal(last.Order(), last);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(262_144)]
    public async Task NextAsync_CountOutOfRange_IsRefused(int count)
    {
        await using PdClient client = new(new PdClientOptions { Endpoints = ["127.0.0.1:1"], Time = _time });

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Tso.NextAsync(count, Token).AsTask());
    }

    [Fact]
    public async Task NextAsync_LargestCount_IsGivenTwice()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);

        ulong first = await client.Tso.NextAsync(262_143, Token);
        ulong second = await client.Tso.NextAsync(262_143, Token);

        Assert.Equal(262_143ul, first & 0x3FFFF);
        Assert.True(second - 262_142 > first);
    }

    [Fact]
    public async Task NextAsync_PdGoesBackward_IsRefusedAndGoesOnWhenItHasCaughtUp()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);
        ulong before = await client.Tso.NextAsync(1, Token);

        pd.Oracle.GoBack(TimeSpan.FromHours(1));
        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.Tso.NextAsync(1, Token).AsTask());

        Assert.True(exception.IsTransient);
        Assert.Contains("went backward", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"after {before} (", exception.Message, StringComparison.Ordinal);
        await Eventually.HoldsAsync("the failure among what is known of PD", () => client.Describe().LastError == exception.Message, Token);
        pd.Oracle.GoBack(TimeSpan.FromHours(-2));
        Assert.True(await client.Tso.NextAsync(1, Token) > before);
    }

    [Fact]
    public async Task NextAsync_AnswerToAnotherCount_IsRefused()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Members[0].Tamper = answer => { answer.Count++; return answer; };
        await using PdClient client = Connect(pd);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.Tso.NextAsync(1, Token).AsTask());

        Assert.False(exception.IsTransient);
    }

    [Fact]
    public async Task NextAsync_AnswerOfAnotherCluster_IsRefused()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Members[0].Tamper = answer => { answer.Header.ClusterId++; return answer; };
        await using PdClient client = Connect(pd);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.Tso.NextAsync(1, Token).AsTask());

        Assert.False(exception.IsTransient);
        Assert.Contains($"expected {pd.ClusterId}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NextAsync_AnswerWithAnErrorThatMayPass_IsAskedAgain()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        int failures = 2;
        pd.Members[0].Tamper = answer =>
        {
            if (Interlocked.Decrement(ref failures) >= 0)
            {
                answer.Header.Error = new Error { Type = ErrorType.Unknown, Message = "try again" };
            }

            return answer;
        };
        await using PdClient client = Connect(pd);

        Assert.NotEqual(0ul, await client.Tso.NextAsync(1, Token));
        Assert.Equal(3, pd.Members[0].Calls["Tso"]);
    }

    [Fact]
    public async Task NextAsync_Cancelled_EndsAtOnceAndTheNextIsServed()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);
        pd.Members[0].Hold.Close();
        using var cancellation = new CancellationTokenSource();
        Task<ulong> cancelled = client.Tso.NextAsync(1, cancellation.Token).AsTask();
        await Eventually.HoldsAsync("the request", () => pd.Members[0].Hold.Waiting == 1, Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        pd.Members[0].Hold.Open();
        Assert.NotEqual(0ul, await client.Tso.NextAsync(1, Token));
    }

    [Fact]
    public async Task DisposeAsync_SomebodyWaits_EndsTheWaiting()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        PdClient client = Connect(pd);
        pd.Members[0].Hold.Close();
        Task<ulong> waiting = client.Tso.NextAsync(1, Token).AsTask();
        await Eventually.HoldsAsync("the request", () => pd.Members[0].Hold.Waiting == 1, Token);

        await client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.Tso.NextAsync(1, Token).AsTask());
    }

    [Fact]
    public async Task ObserveAsync_SeenBefore_IsAFreshTimestamp()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);
        ulong seen = await client.Tso.NextAsync(1, Token);

        ulong observed = await client.Tso.ObserveAsync(seen, Token);

        Assert.True(observed > seen);
        Assert.True(await client.Tso.NextAsync(1, Token) > observed);
    }

    [Fact]
    public async Task ObserveAsync_SeenAboveWhatPdGivesOut_IsRefusedWithBoth()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);
        ulong seen = await client.Tso.NextAsync(1, Token) + (3_600_000UL << 18);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.Tso.ObserveAsync(seen, Token).AsTask());

        Assert.True(exception.IsTransient);
        Assert.Contains($"The timestamp {seen} (", exception.Message, StringComparison.Ordinal);
        Assert.Contains("but PD is only at ", exception.Message, StringComparison.Ordinal);
    }

    private PdClient Connect(PdDouble pd) => new(new PdClientOptions { Endpoints = pd.Endpoints, Time = _time });
}
