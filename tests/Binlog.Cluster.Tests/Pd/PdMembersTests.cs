using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Cluster.Tests.Pd;

public sealed class PdMembersTests
{
    // Skips pauses between attempts; deadlines come when the attempts have used up the time.
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(500));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GetClusterIdAsync_OneEndpointOfThree_LearnsTheOthers()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        pd.MoveLeader(1);
        await using PdClient client = Connect(pd.Members[2].Address);

        Assert.Equal(pd.ClusterId, await client.GetClusterIdAsync(Token));

        PdStatus status = client.Describe();
        Assert.Equal(("pd-1", pd.Members[1].Url), (status.LeaderName, status.LeaderUrl));
        Assert.Equal(pd.Endpoints, status.Members.SelectMany(member => member.ClientUrls));
        Assert.Null(status.LastError);
    }

    [Fact]
    public async Task Describe_BeforeTheFirstCall_KnowsNothing()
    {
        await using PdClient client = Connect("127.0.0.1:1");

        PdStatus status = client.Describe();

        Assert.Equal((null, null, null), (status.ClusterId, status.LeaderUrl, status.LastError));
        Assert.Empty(status.Members);
    }

    [Fact]
    public async Task GetClusterIdAsync_OneOfThreeEndpointsIsDead_IsAnswered()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 3 });
        await pd.Members[0].StopAsync();
        pd.MoveLeader(1);
        await using PdClient client = Connect([.. pd.Members.Select(member => member.Address)]);

        Assert.Equal(pd.ClusterId, await client.GetClusterIdAsync(Token));
    }

    [Fact]
    public async Task GetClusterIdAsync_NobodyRuns_FailsTransientlyNamingEachEndpoint()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 2 });
        string[] addresses = [.. pd.Members.Select(member => member.Address)];
        await pd.Members[0].StopAsync();
        await pd.Members[1].StopAsync();
        await using PdClient client = Connect(addresses);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());

        Assert.True(exception.IsTransient);
        Assert.Contains("within 5 s", exception.Message, StringComparison.Ordinal);
        Assert.All(addresses, address => Assert.Contains(address, exception.Message, StringComparison.Ordinal));
        Assert.Equal(_time.GetUtcNow().Date, client.Describe().LastErrorAt!.Value.Date);
    }

    [Fact]
    public async Task GetClusterIdAsync_AfterAllCameBack_IsAnswered()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd.Members[0].Address);
        await pd.Members[0].StopAsync();
        await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());

        await pd.Members[0].StartAsync();

        Assert.Equal(pd.ClusterId, await client.GetClusterIdAsync(Token));
    }

    [Fact]
    public async Task GetClusterIdAsync_EndpointsOfTwoClusters_IsRefused()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { ClusterId = 11 });
        await using PdDouble other = await PdDouble.StartAsync(new PdDoubleOptions { ClusterId = 12 });
        await using PdClient client = Connect(pd.Members[0].Address, other.Members[0].Url);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());

        Assert.False(exception.IsTransient);
        Assert.Contains($"PD at {other.Members[0].Url} belongs to the cluster with ID 12; the endpoint {pd.Members[0].Address} to the one with ID 11", exception.Message, StringComparison.Ordinal);
        Assert.Null(client.Describe().ClusterId);
    }

    [Fact]
    public async Task GetClusterIdAsync_AnotherClusterThanExpected_IsRefused()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { ClusterId = 11 });
        await using var client = new PdClient(new PdClientOptions { Endpoints = pd.Endpoints, Time = _time, ExpectedClusterId = 12 });

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => client.GetClusterIdAsync(Token).AsTask());

        Assert.False(exception.IsTransient);
        Assert.Contains("ID 11; expected 12", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_OneEndpointBecameAnotherClusters_GoesOnWithoutIt()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 2, ClusterId = 11 });
        await using PdClient client = Connect([.. pd.Endpoints]);
        await client.GetClusterIdAsync(Token);
        pd.Members[0].ClusterId = 12;
        pd.MoveLeader(1);

        await client.Tso.NextAsync(1, Token);

        Assert.Equal(11ul, client.Describe().ClusterId);
        Assert.Contains("12", client.Describe().LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_MembersChanged_AreLearned()
    {
        await using PdDouble pd = await PdDouble.StartAsync(new PdDoubleOptions { Members = 2 });
        await using PdClient client = Connect(pd.Members[0].Address);
        await client.GetClusterIdAsync(Token);
        pd.MoveLeader(1);

        await Eventually.HoldsAsync(
            "the new leader",
            () =>
            {
                _time.Advance(PdLimits.RefreshInterval);
                return client.Describe().LeaderName == "pd-1";
            },
            Token);
    }

    [Theory]
    [InlineData("pd")]
    [InlineData("ftp://pd:2379")]
    public void Constructor_UnreadableEndpoint_IsRefused(string endpoint)
    {
        ClusterException exception = Assert.Throws<ClusterException>(() => Connect(endpoint));

        Assert.Contains($"\"{endpoint}\"", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_NoEndpoint_IsRefused() => Assert.Throws<ClusterException>(() => Connect());

    private PdClient Connect(params string[] endpoints) => new(new PdClientOptions { Endpoints = endpoints, Time = _time });
}
