using Binlog.Cluster.TiKv;

namespace Binlog.Cluster.Tests.TiKv;

public sealed class TiKvReadTests : IAsyncLifetime
{
    private TiKvCluster _cluster = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await TiKvCluster.StartAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Get_VersionsOfAKey_TheOneOfTheTimestamp()
    {
        byte[] key = TiKvCluster.Bytes("key");
        _cluster.Data.Put(key, TiKvCluster.Bytes("first"), 10, 20);
        _cluster.Data.Put(key, TiKvCluster.Bytes("second"), 30, 40);
        _cluster.Data.Delete(key, 50, 60);

        List<string?> found = [await At(19), await At(20), await At(39), await At(59), await At(60)];
        Assert.Equal<List<string?>>([null, "first", "first", "second", null], found);

        async Task<string?> At(ulong timestamp) => TiKvCluster.Text(await _cluster.Client.GetAsync(key, timestamp, Cancelled));
    }

    [Fact]
    public async Task Get_SecondKeyOfARegion_PdIsNotAskedAgain()
    {
        _cluster.Put("a", "1");
        _cluster.Put("b", "2");

        Assert.Equal(("1", "2"), (await _cluster.GetAsync("a"), await _cluster.GetAsync("b")));
        Assert.Equal(1, _cluster.Pd.Asked);
    }

    [Fact]
    public async Task Scan_ManyRegionsAndPages_EveryKeyOnceInOrder()
    {
        List<string> expected = [.. Enumerable.Range(0, 3000).Select(number => $"k{number:0000}={number}")];
        foreach (string pair in expected)
        {
            _cluster.Put(pair[..5], pair[6..]);
        }

        _cluster.Put("j", "before");
        _cluster.Put("l", "after");
        foreach (string split in new[] { "k0000", "k0001", "k1500", "k15001", "k2999x", "z" })
        {
            _cluster.Servers.Split(TiKvCluster.Bytes(split));
        }

        Assert.Equal(expected, await _cluster.ScanAsync("k", "l"));
        Assert.Equal(expected[10..1700], await _cluster.ScanAsync("k0010", "k1700"));
        Assert.Empty(await _cluster.ScanAsync("m", "n"));
    }

    [Fact]
    public async Task Scan_LargeValues_PagesShrink()
    {
        string large = new('x', 100_000);
        for (int number = 0; number < 300; number++)
        {
            _cluster.Put($"k{number:000}", large);
        }

        Assert.Equal(300, (await _cluster.ScanAsync("k", "l")).Count);

        // 64 keys at first, then 2 MiB at a time, which are 20.
        Assert.InRange(_cluster.Servers.CallsOf("KvScan"), 12, 14);
    }

    [Fact]
    public async Task Scan_AbandonedMidway_ThePageUnderWayIsCancelled()
    {
        for (int number = 0; number < 200; number++)
        {
            _cluster.Put($"k{number:000}", "v");
        }

        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _cluster.Servers.BeforeAnswer = async (_, stop) =>
        {
            if (_cluster.Servers.CallsOf("KvScan") == 2)
            {
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancelled.SetResult();
            }
        };
        TiKvSnapshot snapshot = await _cluster.Client.TakeSnapshotAsync(Cancelled);
        await foreach (KeyValue pair in snapshot.ScanAsync(TiKvCluster.Bytes("k"), TiKvCluster.Bytes("l"), keysOnly: false, Cancelled))
        {
            Assert.Equal("k000", TiKvCluster.Text(pair.Key));
            await asked.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
            break;
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
    }

    [Fact]
    public async Task ScanKeys_Prefix_GivesKeysWithoutValues()
    {
        _cluster.Put("ka", "1");
        _cluster.Put("kb", "2");
        _cluster.Put("l", "3");
        _cluster.Data.Delete(TiKvCluster.Bytes("kb"), _cluster.Tso.At(-10), _cluster.Tso.At(-9));
        TiKvSnapshot snapshot = await _cluster.Client.TakeSnapshotAsync(Cancelled);

        var found = new List<string>();
        await foreach (KeyValue pair in snapshot.ScanKeysAsync(TiKvCluster.Bytes("k"), Cancelled))
        {
            found.Add($"{TiKvCluster.Text(pair.Key)}={TiKvCluster.Text(pair.Value)}");
        }

        Assert.Equal(["ka="], found);
    }

    [Theory]
    [InlineData("61", "62")]
    [InlineData("61ff", "62")]
    [InlineData("61ffff", "62")]
    [InlineData("61ff62", "61ff63")]
    public void EndOf_Prefix_IsTheFirstKeyBehind(string prefix, string end) =>
        Assert.Equal(end, Convert.ToHexStringLower(TiKvSnapshot.EndOf(Convert.FromHexString(prefix))));

    [Fact]
    public async Task Mvcc_KeyWithVersionsAndLock_AllAreGiven()
    {
        byte[] key = TiKvCluster.Bytes("key");
        _cluster.Data.Put(key, TiKvCluster.Bytes("first"), 10, 20);
        _cluster.Data.Delete(key, 30, 40);
        _cluster.Data.Lock(key, new ClusterKit.TiKv.StoredLock(50, key, 3000));

        var info = await _cluster.Client.MvccGetByKeyAsync(key, Cancelled);

        Assert.Equal([(30UL, 40UL), (10UL, 20UL)], info.Writes.Select(write => (write.StartTs, write.CommitTs)));
        Assert.Equal((50UL, "key"), (info.Lock.StartTs, info.Lock.Primary.ToStringUtf8()));
        Assert.Empty((await _cluster.Client.MvccGetByKeyAsync(TiKvCluster.Bytes("other"), Cancelled)).Writes);
    }
}
