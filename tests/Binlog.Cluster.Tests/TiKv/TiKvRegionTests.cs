using Binlog.Cluster.Contracts.Meta;
using Binlog.Cluster.Contracts.TiKv;
using Google.Protobuf;

namespace Binlog.Cluster.Tests.TiKv;

public sealed class TiKvRegionTests : IAsyncLifetime
{
    private TiKvCluster _cluster = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Every refusal that passes, in the protocol's JSON form.</summary>
    public static TheoryData<string> PassingRefusals =>
    [
        """{"message":"x","notLeader":{"regionId":"2"}}""",
        """{"message":"x","regionNotFound":{"regionId":"2"}}""",
        """{"message":"x","keyNotInRegion":{"regionId":"2"}}""",
        """{"message":"x","epochNotMatch":{}}""",
        """{"message":"x","serverIsBusy":{"reason":"load"}}""",
        """{"message":"x","serverIsBusy":{"reason":"load","backoffMs":"4500"}}""",
        """{"message":"x","staleCommand":{}}""",
        """{"message":"x","storeNotMatch":{"requestStoreId":"1","actualStoreId":"7"}}""",
        """{"message":"x","maxTimestampNotSynced":{}}""",
        """{"message":"x","readIndexNotReady":{"reason":"merging"}}""",
        """{"message":"x","proposalInMergingMode":{}}""",
        """{"message":"x","dataIsNotReady":{}}""",
        """{"message":"x","regionNotInitialized":{}}""",
        """{"message":"x","diskFull":{"reason":"full"}}""",
        """{"message":"x","recoveryInProgress":{}}""",
        """{"message":"x","isWitness":{}}""",
        """{"message":"x","mismatchPeerId":{"storePeerId":"9"}}""",
        """{"message":"x","bucketVersionNotMatch":{}}""",
        """{"message":"x","undeterminedResult":{}}""",
        """{"message":"something new"}""",
    ];

    public async ValueTask InitializeAsync() => _cluster = await TiKvCluster.StartAsync(stores: 3);

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Theory]
    [MemberData(nameof(PassingRefusals))]
    public async Task Get_StoreRefusesOnce_IsAskedAgain(string refusal)
    {
        _cluster.Put("a", "1");
        _cluster.Servers.Refuse(JsonParser.Default.Parse<Error>(refusal));

        Assert.Equal("1", await _cluster.GetAsync("a"));
    }

    [Fact]
    public async Task Get_StoreAsksToBeLeftAlone_IsNotAskedBefore()
    {
        _cluster.Put("a", "1");
        Assert.Equal("1", await _cluster.GetAsync("a"));
        DateTimeOffset before = _cluster.Time.GetUtcNow();
        _cluster.Servers.Refuse(new Error { ServerIsBusy = new ServerIsBusy { BackoffMs = 4500 } });

        Assert.Equal("1", await _cluster.GetAsync("a"));

        Assert.Equal(TimeSpan.FromMilliseconds(4500), _cluster.Time.GetUtcNow() - before);
    }

    [Theory]
    [InlineData("""{"flashbackInProgress":{"regionId":"2"}}""", "flashed back")]
    [InlineData("""{"raftEntryTooLarge":{"regionId":"2","entrySize":"99"}}""", "99 bytes")]
    [InlineData("""{"flashbackNotPrepared":{"regionId":"2"}}""", "not prepared")]
    public async Task Get_RefusedForGood_IsNotAskedAgain(string refusal, string reason)
    {
        _cluster.Servers.Refuse(JsonParser.Default.Parse<Error>(refusal));

        var exception = await Assert.ThrowsAsync<ClusterException>(() => _cluster.GetAsync("a"));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsTransient);
        Assert.Equal(1, _cluster.Servers.CallsOf("KvGet"));
    }

    [Fact]
    public async Task Get_RegionIsSplit_TheStoresAnswerIsTakenOverWithoutPd()
    {
        _cluster.Put("a", "1");
        _cluster.Put("b", "2");
        Assert.Equal("1", await _cluster.GetAsync("a"));

        _cluster.Servers.Split(TiKvCluster.Bytes("b"));

        Assert.Equal(("1", "2"), (await _cluster.GetAsync("a"), await _cluster.GetAsync("b")));
        Assert.Equal(1, _cluster.Pd.Asked);
        Assert.Equal(4, _cluster.Servers.CallsOf("KvGet"));
    }

    [Fact]
    public async Task Get_RegionsAreMerged_TheRemainingOneIsFound()
    {
        _cluster.Put("a", "1");
        _cluster.Put("b", "2");
        ulong lower = _cluster.Servers.Split(TiKvCluster.Bytes("b"));
        Assert.Equal(("1", "2"), (await _cluster.GetAsync("a"), await _cluster.GetAsync("b")));

        _cluster.Servers.Regions.Merge(lower, _cluster.Servers.RegionOf(TiKvCluster.Bytes("b")));

        Assert.Equal(("1", "2"), (await _cluster.GetAsync("a"), await _cluster.GetAsync("b")));
    }

    [Fact]
    public async Task Get_LeaderMoved_TheOldOneNamesTheNewOne()
    {
        _cluster.Put("a", "1");
        Assert.Equal("1", await _cluster.GetAsync("a"));

        _cluster.Servers.Regions.MoveLeader(_cluster.Servers.RegionOf(TiKvCluster.Bytes("a")), _cluster.Stores[2]);

        Assert.Equal("1", await _cluster.GetAsync("a"));
        Assert.Equal((1, 3), (_cluster.Pd.Asked, _cluster.Servers.CallsOf("KvGet")));
    }

    [Fact]
    public async Task Get_PdIsBehindTheStores_TheStoresAreBelieved()
    {
        _cluster.Put("a", "1");
        _cluster.Put("b", "2");
        _cluster.Pd.Table = _cluster.Servers.Regions.Copy();
        _cluster.Servers.Split(TiKvCluster.Bytes("b"));
        _cluster.Servers.Regions.MoveLeader(_cluster.Servers.RegionOf(TiKvCluster.Bytes("a")), _cluster.Stores[1]);

        Assert.Equal(("1", "2"), (await _cluster.GetAsync("a"), await _cluster.GetAsync("b")));
    }

    [Fact]
    public async Task Get_StoreIsBehindPd_IsWaitedFor()
    {
        _cluster.Put("a", "1");
        _cluster.Servers.Split(TiKvCluster.Bytes("b"));
        Region old = _cluster.Servers.Regions.FindRegionById(_cluster.Servers.RegionOf(TiKvCluster.Bytes("a")))!.Region;
        old.RegionEpoch.Version--;
        _cluster.Servers.Refuse(new Error { EpochNotMatch = new EpochNotMatch { CurrentRegions = { old } } }, times: 3);

        Assert.Equal("1", await _cluster.GetAsync("a"));
        Assert.Equal((1, 4), (_cluster.Pd.Asked, _cluster.Servers.CallsOf("KvGet")));
    }

    [Fact]
    public async Task Get_LeadersStoreIsKilled_AnotherPeerIsTriedThoughPdKnowsNothing()
    {
        _cluster.Put("a", "1");
        Assert.Equal("1", await _cluster.GetAsync("a"));
        _cluster.Pd.Table = _cluster.Servers.Regions.Copy();

        await _cluster.Servers.KillAsync(_cluster.Stores[0]);
        _cluster.Servers.Regions.MoveLeader(_cluster.Servers.RegionOf(TiKvCluster.Bytes("a")), _cluster.Stores[2]);

        Assert.Equal("1", await _cluster.GetAsync("a"));
        Assert.Contains(_cluster.Stores[0], _cluster.Pd.Forgotten);
    }

    [Fact]
    public async Task Get_AllStoresAreKilledForAWhile_IsAnsweredWhenOneIsBack()
    {
        _cluster.Put("a", "1");
        Assert.Equal("1", await _cluster.GetAsync("a"));
        foreach (ulong store in _cluster.Stores)
        {
            await _cluster.Servers.KillAsync(store);
        }

        await Assert.ThrowsAsync<ClusterException>(() => _cluster.GetAsync("a"));
        await _cluster.Servers.RestartAsync(_cluster.Stores[0]);

        Assert.Equal("1", await _cluster.GetAsync("a"));
    }

    [Fact]
    public async Task Get_NobodyAnswersInTime_TheErrorNamesRegionStoreAndReason()
    {
        ulong region = _cluster.Servers.RegionOf(TiKvCluster.Bytes("a"));
        foreach (ulong store in _cluster.Stores)
        {
            await _cluster.Servers.KillAsync(store);
        }

        DateTimeOffset before = _cluster.Time.GetUtcNow();
        var exception = await Assert.ThrowsAsync<ClusterException>(() => _cluster.GetAsync("a"));

        Assert.True(exception.IsTransient);
        Assert.Matches($@"within 40 s \(\d+ attempts\): reading key 61 as of \d+\. Last: KvGet to region {region} \(epoch \d+\.\d+\), peer \d+ on store \d+ at 127\.0\.0\.1:\d+: Unavailable, ", exception.Message);
        Assert.InRange(_cluster.Time.GetUtcNow() - before, TimeSpan.FromSeconds(35), TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task Get_RegionHasNoLeaderForAWhile_IsAnsweredAfterTheElection()
    {
        _cluster.Put("a", "1");
        ulong region = _cluster.Servers.RegionOf(TiKvCluster.Bytes("a"));
        _cluster.Servers.Regions.LoseLeader(region);
        _cluster.Servers.BeforeAnswer = (_, _) =>
        {
            if (_cluster.Servers.CallsOf("KvGet") == 8)
            {
                _cluster.Servers.Regions.MoveLeader(region, _cluster.Stores[1]);
            }

            return Task.CompletedTask;
        };

        Assert.Equal("1", await _cluster.GetAsync("a"));
    }

    [Fact]
    public async Task Get_StoreMovedToAnotherAddress_IsFoundThroughPd()
    {
        _cluster.Put("a", "1");
        Assert.Equal("1", await _cluster.GetAsync("a"));
        Store moved = _cluster.Servers.Regions.FindStore(_cluster.Stores[0])!;
        Store other = _cluster.Servers.Regions.FindStore(_cluster.Stores[1])!;

        // The second store now has the first one's address, as when machines swap their names: it refuses what is meant for the first.
        _cluster.Pd.Table = _cluster.Servers.Regions.Copy();
        _cluster.Pd.Table.SetStoreAddress(moved.Id, other.Address);
        await _cluster.Servers.KillAsync(_cluster.Stores[0]);
        _cluster.Servers.BeforeAnswer = async (_, _) =>
        {
            if (_cluster.Pd.Table.FindStore(moved.Id)!.Address == other.Address)
            {
                _cluster.Pd.Table.SetStoreAddress(moved.Id, moved.Address);
                await _cluster.Servers.RestartAsync(moved.Id);
            }
        };

        Assert.Equal("1", await _cluster.GetAsync("a"));
    }

    [Fact]
    public async Task Get_StoreIsATombstone_ItsPeersAreLeftOut()
    {
        _cluster.Put("a", "1");
        _cluster.Pd.Table = _cluster.Servers.Regions.Copy();
        _cluster.Pd.Table.SetStoreState(_cluster.Stores[0], StoreState.Tombstone);
        _cluster.Servers.Regions.MoveLeader(_cluster.Servers.RegionOf(TiKvCluster.Bytes("a")), _cluster.Stores[1]);

        Assert.Equal("1", await _cluster.GetAsync("a"));
    }

    [Fact]
    public async Task Get_PdIsAway_SaysSo()
    {
        _cluster.Pd.IsAway = true;

        var exception = await Assert.ThrowsAsync<ClusterException>(() => _cluster.GetAsync("a"));

        Assert.True(exception.IsTransient);
        Assert.Contains("PD can't say where the key is: PD is away", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Cancelled_EndsAtOnce()
    {
        using var stop = new CancellationTokenSource();
        _cluster.Servers.BeforeAnswer = async (_, token) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _cluster.Client.GetAsync(TiKvCluster.Bytes("a"), 1, stop.Token).AsTask());
    }

    [Fact]
    public async Task Get_StoreDoesNotAnswer_AnotherPeerIsTriedAfterTheCallsLimit()
    {
        _cluster.Put("a", "1");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.Servers.BeforeAnswer = async (_, token) =>
        {
            if (_cluster.Servers.CallsOf("KvGet") == 1)
            {
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        };

        Task<string?> get = _cluster.GetAsync("a");
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        _cluster.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("1", await get);
    }
}
