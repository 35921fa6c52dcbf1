using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Pd;
using Binlog.ClusterKit.Pd;
using Binlog.TestKit.Time;

namespace Binlog.Cluster.Tests.Pd;

public sealed class PdRegionsTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(500));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FindRegionAsync_SplitMergedAndMoved_AreSeen()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        ulong first = pd.Regions.AddStore("127.0.0.1:1");
        ulong second = pd.Regions.AddStore("127.0.0.1:2");
        await using PdClient client = Connect(pd);
        IRegionSource regions = client;
        RegionLocation whole = (await regions.FindRegionAsync("k"u8.ToArray(), Token))!;

        RegionLocation lower = pd.Regions.Split([.. "m"u8]);
        pd.Regions.MoveLeader(lower.Region.Id, second);
        RegionLocation foundLower = (await regions.FindRegionAsync("lz"u8.ToArray(), Token))!;
        RegionLocation foundUpper = (await regions.FindRegionAsync("m"u8.ToArray(), Token))!;

        Assert.Equal(first, whole.Leader!.StoreId);
        Assert.Equal((lower.Region, second), (foundLower.Region, foundLower.Leader!.StoreId));
        Assert.Equal((whole.Region.Id, first), (foundUpper.Region.Id, foundUpper.Leader!.StoreId));
        pd.Regions.Merge(lower.Region.Id, whole.Region.Id);
        Assert.Null(await client.FindRegionByIdAsync(lower.Region.Id, Token));
        Assert.Equal(whole.Region.Id, (await regions.FindRegionAsync("lz"u8.ToArray(), Token))!.Region.Id);
        Assert.Equal(whole.Region.Id, (await client.FindRegionByIdAsync(whole.Region.Id, Token))!.Region.Id);
    }

    [Fact]
    public async Task FindRegionAsync_WithoutLeader_HasNone()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Regions.AddStore("127.0.0.1:1");
        pd.Regions.LoseLeader(pd.Regions.Regions[0].Region.Id);
        await using PdClient client = Connect(pd);

        RegionLocation? found = await ((IRegionSource)client).FindRegionAsync("k"u8.ToArray(), Token);

        Assert.NotNull(found);
        Assert.Null(found.Leader);
    }

    [Fact]
    public async Task FindRegionAsync_NotBootstrapped_SaysSoAfterFiveSeconds()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        await using PdClient client = Connect(pd);

        ClusterException exception = await Assert.ThrowsAsync<ClusterException>(() => ((IRegionSource)client).FindRegionAsync("k"u8.ToArray(), Token).AsTask());

        Assert.True(exception.IsTransient);
        Assert.Contains("NOT_BOOTSTRAPPED", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no TiKV store has joined", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindStoreAsync_Twice_AsksOnce()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        ulong store = pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd);

        Assert.Equal("127.0.0.1:1", (await FindStoreAsync(client, store))!.Address);
        Assert.Equal("127.0.0.1:1", (await FindStoreAsync(client, store))!.Address);

        Assert.Equal(1, pd.Members[0].Calls["GetStore"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FindStoreAsync_StoreMoved_IsSeenWhenForgottenOrOld(bool isForgotten)
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        ulong store = pd.Regions.AddStore("127.0.0.1:1");
        await using PdClient client = Connect(pd);
        await FindStoreAsync(client, store);
        pd.Regions.SetStoreAddress(store, "127.0.0.1:2");
        Assert.Equal("127.0.0.1:1", (await FindStoreAsync(client, store))!.Address);

        if (isForgotten)
        {
            ((IRegionSource)client).ForgetStore(store);
        }
        else
        {
            _time.Advance(PdLimits.StoreLifetime);
        }

        Assert.Equal("127.0.0.1:2", (await FindStoreAsync(client, store))!.Address);
    }

    [Fact]
    public async Task FindStoreAsync_Offline_IsFoundWithItsState()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        ulong store = pd.Regions.AddStore("127.0.0.1:1");
        pd.Regions.SetStoreState(store, StoreState.Offline);
        await using PdClient client = Connect(pd);

        Assert.Equal(StoreState.Offline, (await FindStoreAsync(client, store))!.State);
    }

    [Fact]
    public async Task FindStoreAsync_Tombstone_IsNone()
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        ulong store = pd.Regions.AddStore("127.0.0.1:1");
        pd.Regions.SetStoreState(store, StoreState.Tombstone);
        await using PdClient client = Connect(pd);

        Assert.Null(await FindStoreAsync(client, store));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FindStoreAsync_Unknown_IsNoneWithoutRetries(bool isOldVersion)
    {
        await using PdDouble pd = await PdDouble.StartAsync();
        pd.Regions.AddStore("127.0.0.1:1");
        pd.IsOldVersion = isOldVersion;
        await using PdClient client = Connect(pd);

        Assert.Null(await FindStoreAsync(client, 77));

        Assert.Equal(1, pd.Members[0].Calls["GetStore"]);
    }

    private static ValueTask<Store?> FindStoreAsync(PdClient client, ulong storeId) => ((IRegionSource)client).FindStoreAsync(storeId, Token);

    private PdClient Connect(PdDouble pd) => new(new PdClientOptions { Endpoints = pd.Endpoints, Time = _time });
}
