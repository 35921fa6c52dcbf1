using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class StoreRemovalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLogger _logger = new();

    private string Path => _directory.Combine("pump");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RemoveUpToAsync_Half_WholeSegmentsAndIndexFilesGoAndTheRestStays()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        await WriteAsync(store, 1, 400);
        long bytes = store.Bytes;
        int segments = Segments();

        StoreRemoval removal = await store.RemoveUpToAsync(400, Cancelled);

        Assert.Equal(400ul, removal.OldestCommitTs);
        Assert.Equal(400ul, store.OldestCommitTs);
        Assert.InRange(removal.Segments, 2, segments - 2);
        Assert.Equal(segments - removal.Segments, Segments());
        Assert.InRange(removal.Bytes, 1, bytes);
        Assert.InRange(store.Bytes, bytes - removal.Bytes, bytes - removal.Bytes + 4096);
        Assert.Equal(Even(402, 800), store.ReadAll(afterCommitTs: 400));
        var refusal = Assert.Throws<CommitTsRemovedException>(() => store.OpenCursor(399));
        Assert.Contains("oldest position that can be pulled from is 400", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(System.IO.Path.Combine(Path, "index", "00000000000000000000.idx")));
    }

    [Fact]
    public async Task RemoveUpToAsync_NothingToRemove_NothingHappens()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        await WriteAsync(store, 1, 10);

        Assert.Equal(new StoreRemoval(0, 0, 0), await store.RemoveUpToAsync(20, Cancelled));

        Assert.Equal(Even(2, 20), store.ReadAll());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAsync_AfterRemoval_SameWithAndWithoutIndex(bool withIndex)
    {
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path))
        {
            await WriteAsync(store, 1, 400);
            await store.WriteAsync(TestBinlogs.Prewrite(901));
            await store.RemoveUpToAsync(400, Cancelled);
            await WriteAsync(store, 452, 49);
        }

        Damage(withIndex);
        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path, logger: _logger);

        Assert.Empty(_logger.Warnings);
        Assert.Equal(400ul, again.OldestCommitTs);
        Assert.Equal(901ul, again.Held!.StartTs);
        Assert.Equal(Even(402, 800), again.ReadAll(afterCommitTs: 400));
        Assert.Throws<CommitTsRemovedException>(() => again.OpenCursor(399));
        await again.WriteAsync(TestBinlogs.Rollback(901));
        await again.ReachAsync(1000);
        Assert.Equal(Even(402, 800).Concat(Even(904, 1000)), again.ReadAll(afterCommitTs: 400));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OpenAsync_OutcomeStandsInWhatWasRemoved_HoldsNothing(bool withIndex)
    {
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path))
        {
            // Each of these has one binlog where everything is removed and one after it.
            await store.WriteAsync(TestBinlogs.Prewrite(1));
            await store.CommitAsync(3, 4);
            await store.WriteAsync(TestBinlogs.Rollback(5));
            await store.WriteAsync(TestBinlogs.Commit(7, 8));
            await FillAsync(store, 100);
            await store.WriteAsync(TestBinlogs.Prewrite(7));
            await store.WriteAsync(TestBinlogs.Prewrite(5));
            await store.WriteAsync(TestBinlogs.Prewrite(3));
            await store.WriteAsync(TestBinlogs.Commit(1, 10));
            await FillAsync(store, 5);
            await store.SettleAsync();
            Assert.Empty(store.ListUndecided(10));
            ulong limit = store.MaxCommitTs;
            await FillAsync(store, 50);
            Assert.True((await store.RemoveUpToAsync(limit, Cancelled)).Segments > 1);
            await FillAsync(store, 5);
        }

        Damage(withIndex);
        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path, logger: _logger);

        Assert.Empty(_logger.Warnings);
        Assert.Null(again.Held);
        Assert.Equal(55, again.ReadAll(again.OldestCommitTs).Count);
    }

    [Fact]
    public async Task RemoveUpToAsync_UndecidedPrewrite_ItsSegmentStays()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        await WriteAsync(store, 1, 100);
        await store.WriteAsync(TestBinlogs.Prewrite(201));
        await WriteAsync(store, 102, 300);

        await store.RemoveUpToAsync(ulong.MaxValue, Cancelled);

        Assert.Equal(200ul, store.OldestCommitTs);
        await store.WriteAsync(TestBinlogs.Commit(201, 1001));
        await store.ReachAsync(1001);
        Assert.Equal([.. Even(204, 802), 1001ul], store.ReadAll(afterCommitTs: 200));
    }

    [Fact]
    public async Task RemoveUpToAsync_UndecidedPrewriteAlone_ItsSegmentStays()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        await WriteAsync(store, 1, 100);
        await store.WriteAsync(TestBinlogs.Prewrite(201));
        for (ulong ts = 301; ts < 500; ts++)
        {
            await store.WriteAsync(TestBinlogs.Rollback(ts));
        }

        await store.SettleAsync();
        await store.RemoveUpToAsync(200, Cancelled);

        await store.WriteAsync(TestBinlogs.Commit(201, 1001));
        await store.ReachAsync(1001);
        Assert.Equal([1001ul], store.ReadAll(afterCommitTs: 200));
    }

    [Fact]
    public async Task WriteAsync_CommitOfWhatWasRemoved_TakenForARepetition()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path, logger: _logger);
        await WriteAsync(store, 1, 400);
        await store.RemoveUpToAsync(400, Cancelled);

        await store.CommitAsync(1, 2);
        await WriteAsync(store, 401, 1);

        Assert.Null(store.Held);
        Assert.Single(_logger.Warnings);
        Assert.Equal(Even(402, 802), store.ReadAll(afterCommitTs: 400));
    }

    /// <summary>A kill at every single change of a file during a removal, twice removed, with and without the index.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RemoveUpToAsync_KilledAnywhere_NothingAboveTheLimitIsLost(bool withIndex)
    {
        string template = _directory.Combine("template");
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(template))
        {
            await WriteAsync(store, 1, 200);
            await store.RemoveUpToAsync(100, Cancelled);
            await store.WriteAsync(TestBinlogs.Prewrite(2001));
            await store.SettleAsync();
        }

        bool isKilled = true;
        int kills = 0;
        for (int change = 0; isKilled; change++)
        {
            string directory = _directory.Combine($"{change}");
            StoreDriver.Copy(template, directory);
            var files = new KillPointFileSystem();
            await using (PumpStore store = await StoreDriver.OpenSmallAsync(directory, files))
            {
                files.KillAt(change);
                Exception? exception = await Record.ExceptionAsync(() => store.RemoveUpToAsync(300, Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
                isKilled = files.IsKilled;
                Assert.True(exception is null || isKilled);
                files.KillAt(isKilled ? 0 : int.MaxValue);
            }

            kills += isKilled ? 1 : 0;
            if (!withIndex)
            {
                Directory.Delete(System.IO.Path.Combine(directory, "index"), recursive: true);
            }

            await using PumpStore again = await StoreDriver.OpenSmallAsync(directory);
            Assert.Contains(again.OldestCommitTs, new ulong[] { 100, 300 });
            Assert.Equal(Even(again.OldestCommitTs + 2, 400), again.ReadAll(again.OldestCommitTs));
            Assert.Equal(2001ul, Assert.Single(again.ListUndecided(10)).StartTs);
            await again.RemoveUpToAsync(300, Cancelled);
            Assert.Equal(Even(302, 400), again.ReadAll(afterCommitTs: 300));
            await again.WriteAsync(TestBinlogs.Commit(2001, 2002));
            await again.ReachAsync(2002);
            Assert.Equal([.. Even(302, 400), 2002ul], again.ReadAll(afterCommitTs: 300));
        }

        Assert.True(kills > 8, $"only {kills} kills");
    }

    [Fact]
    public async Task FindCommitTsForBytes_Limit_RemovalReachesIt()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(Path);
        await WriteAsync(store, 1, 400);
        Assert.Null(store.FindCommitTsForBytes(store.Bytes));
        long keep = store.Bytes / 3;

        ulong? commitTs = store.FindCommitTsForBytes(keep);
        await store.RemoveUpToAsync(commitTs!.Value, Cancelled);

        Assert.InRange(store.Bytes, keep / 2, keep + 4096);
        Assert.Equal(Even(commitTs.Value + 2, 800), store.ReadAll(commitTs.Value));
    }

    [Fact]
    public async Task RemoveUpToAsync_OrderingHasStopped_RefusedWithTheReason()
    {
        await using (PumpStore store = await StoreDriver.OpenSmallAsync(Path))
        {
            await WriteAsync(store, 1, 400);
        }

        await using (StoredLog log = await StoredLog.OpenAsync(Path, StoreDriver.ClusterId))
        {
            await log.AppendAsync((Service.Pump.Sorting.PumpRecordKind)77, 0, 0, []);
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(Path);

        var refusal = await Assert.ThrowsAsync<RemovalRefusedException>(() => again.RemoveUpToAsync(400, Cancelled));
        Assert.Contains("kind 77", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Even(2, 800), again.ReadAll());
    }

    private void Damage(bool withIndex)
    {
        if (!withIndex)
        {
            Directory.Delete(System.IO.Path.Combine(Path, "index"), recursive: true);
        }
    }

    private int Segments() => Directory.GetFiles(Path, "*.seg").Length;

    private static IEnumerable<ulong> Even(ulong from, ulong to)
    {
        for (ulong ts = from; ts <= to; ts += 2)
        {
            yield return ts;
        }
    }

    private static async Task FillAsync(PumpStore store, int count)
    {
        ulong ts = Math.Max(store.MaxSeenTs, 100) + 2;
        for (int number = 0; number < count; number++, ts += 2)
        {
            await store.CommitAsync(ts, ts + 1);
        }

        await store.SettleAsync();
    }

    /// <summary>Transactions from a number on: start TS 2n-1, commit TS 2n.</summary>
    private static async Task WriteAsync(PumpStore store, ulong first, ulong count)
    {
        for (ulong number = first; number < first + count; number++)
        {
            await store.CommitAsync((2 * number) - 1, 2 * number);
        }

        await store.SettleAsync();
    }
}
