using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Pd;

public sealed class PdCallsTests
{
    // Skips pauses between attempts; deadlines come when the attempts have used up the time.
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(500));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_AnotherClusterTookTheAddress_IsRefused()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { ClusterId = 11 });
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetClusterIdAsync(Token);

        pd.Members[0].ClusterId = 12;

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetGcSafePointAsync(Token));
        Assert.False(exception.IsTransient);
        Assert.Contains("belongs to the cluster with ID 12; expected 11", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_LeaderMoved_GoesToTheNewOne()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetGcSafePointAsync(Token);

        pd.MoveLeader(2);
        await client.GetGcSafePointAsync(Token);

        Assert.Equal("pd-2", client.Describe().LeaderName);
        Assert.Contains("not leader", client.Describe().LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_OneMemberStillBelievesInTheOldLeader_FindsTheNewOne()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetGcSafePointAsync(Token);

        pd.MoveLeader(2);
        pd.Members[0].BelievedLeader = 0;
        pd.Members[1].BelievedLeader = 0;
        await client.GetGcSafePointAsync(Token);

        Assert.Equal("pd-2", client.Describe().LeaderName);
        Assert.Equal(1, pd.Members[2].Calls["GetGCSafePoint"]);
    }

    [Fact]
    public async Task Call_TheOnlyConfiguredMemberDied_GoesToAnother()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetGcSafePointAsync(Token);

        await pd.Members[0].StopAsync();
        pd.MoveLeader(1);

        Assert.Equal(0ul, await client.GetGcSafePointAsync(Token));
    }

    [Fact]
    public async Task Call_DuringAnElection_WaitsForIt()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        pd.LoseLeader();
        pd.Members[0].MembersHold.Close();
        Task<ulong> call = client.GetGcSafePointAsync(Token);
        await Eventually.HoldsAsync("the question for the members", () => pd.Members[0].MembersHold.Waiting == 1, Token);

        pd.MoveLeader(1);
        pd.Members[0].MembersHold.Open();

        Assert.Equal(0ul, await call);
    }

    [Fact]
    public async Task Call_NoLeaderForTheWholeTime_SaysSo()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.LoseLeader();
        await using PdClient client = Connect(pd.Members[0].Address);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetGcSafePointAsync(Token));

        Assert.True(exception.IsTransient);
        Assert.Contains("no leader at present", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_LeaderWithTwoUrlsOfWhichOneIsDead_IsAnsweredAtTheOther()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Regions.AddStore("127.0.0.1:1");
        pd.Members[0].AdvertisedUrls = ["unixs://pd", "http://127.0.0.1:1", pd.Members[0].Url];
        await using PdClient client = Connect(pd.Members[0].Address);

        Assert.Equal(0ul, await client.GetGcSafePointAsync(Token));
        Assert.Equal(["http://127.0.0.1:1", pd.Members[0].Url], client.Describe().Members[0].ClientUrls);
    }

    [Fact]
    public async Task Call_LeaderIsSilent_AnotherLeaderAnswersWithinTheTime()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 2 });
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetClusterIdAsync(Token);
        pd.Members[0].Hold.Close();
        Task<ulong> call = client.GetGcSafePointAsync(Token);
        await Eventually.HoldsAsync("the call", () => pd.Members[0].Hold.Waiting == 1, Token);

        pd.MoveLeader(1);
        _time.Advance(PdLimits.AttemptTimeout);

        Assert.Equal(0ul, await call);
    }

    [Fact]
    public async Task Call_PdIsSilent_FailsAfterFiveSeconds()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetClusterIdAsync(Token);
        pd.Members[0].Hold.Close();
        Task<ulong> call = client.GetGcSafePointAsync(Token);
        await Eventually.HoldsAsync("the first attempt", () => pd.Members[0].Calls.GetValueOrDefault("GetGCSafePoint") == 1, Token);
        _time.Advance(PdLimits.AttemptTimeout);
        await Eventually.HoldsAsync("the second attempt", () => pd.Members[0].Calls.GetValueOrDefault("GetGCSafePoint") == 2, Token);
        Assert.False(call.IsCompleted);

        _time.Advance(PdLimits.CallTimeout - PdLimits.AttemptTimeout);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => call);
        Assert.True(exception.IsTransient);
        Assert.Contains("no answer to GetGCSafePoint within 5 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_Cancelled_EndsAtOnce()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd.Members[0].Address);
        pd.Members[0].Hold.Close();
        using var cancellation = new CancellationTokenSource();
        Task<ulong> call = client.GetGcSafePointAsync(cancellation.Token);
        await Eventually.HoldsAsync("the call", () => pd.Members[0].Hold.Waiting == 1, Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private PdClient Connect(params string[] endpoints) => new(new PdClientOptions { Endpoints = endpoints, Time = _time });
}
