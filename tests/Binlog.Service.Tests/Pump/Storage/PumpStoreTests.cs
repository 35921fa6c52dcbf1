using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Storage;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class PumpStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task WriteAsync_Transactions_ReadInCommitOrder()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        await store.WriteAsync(TestBinlogs.Prewrite(2));
        await store.WriteAsync(TestBinlogs.Commit(2, 5));
        await store.WriteAsync(TestBinlogs.Commit(1, 4));
        await store.ReachAsync(5);

        Assert.Equal([4ul, 5], store.ReadAll());
        Assert.Equal([5ul], store.ReadAll(afterCommitTs: 4));
        Assert.Empty(store.ReadAll(afterCommitTs: 5));
        Assert.Equal(5ul, store.MaxCommitTs);
    }

    [Fact]
    public async Task WriteAsync_CommitAfterARollback_RefusedAlsoWhenReopened()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            await store.WriteAsync(TestBinlogs.Rollback(1));
            await store.CommitAsync(2, 3);
            await store.ReachAsync(3);
            await Assert.ThrowsAsync<TransactionRolledBackException>(() => store.WriteAsync(TestBinlogs.Commit(1, 9)));
        }

        await using PumpStore again = await StoreDriver.OpenAsync(_directory.Path);

        await again.WriteAsync(TestBinlogs.Prewrite(1));
        await Assert.ThrowsAsync<TransactionRolledBackException>(() => again.WriteAsync(TestBinlogs.Commit(1, 9)));
        Assert.Equal([3ul], again.ReadAll());
    }

    [Fact]
    public async Task OpenAsync_AfterCleanStop_HasEverything()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path, segmentSizeBytes: 4096))
        {
            await WriteManyAsync(store, 300);
        }

        await using PumpStore again = await StoreDriver.OpenAsync(_directory.Path, segmentSizeBytes: 4096);

        AssertHasMany(again, 300);
        await again.CommitAsync(10_001, 10_002);
        await again.ReachAsync(10_002);
        Assert.Equal([10_002ul], again.ReadAll(afterCommitTs: 600));
    }

    [Fact]
    public async Task OpenAsync_CopyOfARunningStore_HasEverythingAcknowledged()
    {
        string copy = _directory.Combine("copy");
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Combine("original"), segmentSizeBytes: 4096);
        await WriteManyAsync(store, 300);
        await store.WriteAsync(TestBinlogs.Prewrite(1001));
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.EnumerateFiles(_directory.Combine("original")).Where(file => !Path.GetFileName(file).StartsWith('.')))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        await using PumpStore again = await StoreDriver.OpenAsync(copy, segmentSizeBytes: 4096);

        AssertHasMany(again, 300);
        Assert.Equal((PumpRecordKind.Prewrite, 1001ul), (again.Blocker!.Value.Kind, again.Blocker.Value.StartTs));
        await again.WriteAsync(TestBinlogs.Commit(1001, 1002));
        await again.ReachAsync(1002);
        Assert.Equal([1002ul], again.ReadAll(afterCommitTs: 600));
    }

    [Fact]
    public async Task OpenAsync_OtherCluster_Refused()
    {
        await using (await StoreDriver.OpenAsync(_directory.Path))
        {
        }

        var options = new SegmentedLogOptions { Directory = _directory.Path, ClusterId = StoreDriver.ClusterId + 1 };
        await Assert.ThrowsAnyAsync<RelayLogException>(() => PumpStore.OpenAsync(options, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, Cancelled));
    }

    [Fact]
    public async Task OpenAsync_CommitBelowTheAnnouncedInTheLog_HoldsUntilItIsDecided()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(1, 2);
            await store.WriteAsync(TestBinlogs.Fake(20));
            await store.ReachAsync(20);
        }

        await using (StoredLog log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId))
        {
            await log.AppendAsync(PumpRecordKind.Prewrite, 3, 0, TestBinlogs.Prewrite(3));
            await log.AppendAsync(PumpRecordKind.Commit, 3, 15, TestBinlogs.Commit(3, 15));
        }

        await using PumpStore again = await StoreDriver.OpenAsync(_directory.Path);

        Assert.Null(again.SortingFault);
        Assert.Equal([2ul], again.ReadAll());
        Assert.Equal((20ul, 3ul), (again.MaxCommitTs, again.Held?.StartTs));
        await again.DecideAsync(new TransactionDecision(3, 21, "ann", "really at 21", DateTimeOffset.UnixEpoch));
        await again.ReachAsync(21);
        Assert.Equal([2ul, 21], again.ReadAll());
    }

    [Fact]
    public async Task WaitForAdvanceAsync_UntilTheCommit_Completes()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        Task advanced = store.WaitForAdvanceAsync(9, Cancelled).AsTask();
        await store.CommitAsync(1, 9);
        await store.ReachAsync(9);
        Assert.False(advanced.IsCompleted);

        await store.CommitAsync(10, 11);

        await advanced.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task WaitForAdvanceAsync_Cancelled_Ends()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        using var source = new CancellationTokenSource();
        Task advanced = store.WaitForAdvanceAsync(9, source.Token).AsTask();

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => advanced);
    }

    [Fact]
    public async Task WriteAsync_CommitNotAboveTheMaxCommitTs_Refused()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Fake(20));
        await store.ReachAsync(20);
        await store.WriteAsync(TestBinlogs.Prewrite(1));

        var exception = await Assert.ThrowsAsync<CommitTooLateException>(() => store.WriteAsync(TestBinlogs.Commit(1, 20)));

        Assert.Contains("start TS 1 has commit TS 20, which is not above this Pump's max commit TS 20", exception.Message, StringComparison.Ordinal);
        Assert.Null(store.SortingFault);
        await Eventually.HoldsAsync("the order waits for start TS 1", () => store.Blocker?.StartTs == 1, Cancelled);
    }

    [Fact]
    public async Task WriteAsync_RepeatedCommit_AcknowledgedAndReadOnce()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.CommitAsync(1, 2);
        await store.ReachAsync(2);

        await store.WriteAsync(TestBinlogs.Commit(1, 2));

        await store.CommitAsync(3, 4);
        await store.ReachAsync(4);
        Assert.Equal([2ul, 4], store.ReadAll());
    }

    [Fact]
    public async Task WriteAsync_RepeatedCommit_IsStoredSoThatARepeatedPrewriteIsDecidedAgain()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(1, 2);
            await store.ReachAsync(2);
            await store.CommitAsync(1, 2);
        }

        await using var log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId);
        Assert.Equal([PumpRecordKind.Prewrite, PumpRecordKind.Commit, PumpRecordKind.Prewrite, PumpRecordKind.Commit], log.Kinds());
    }

    [Fact]
    public async Task Blocker_UndecidedPrewrite_NamedUntilItIsDecided()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        await store.CommitAsync(2, 3);
        await Eventually.HoldsAsync("the order waits for start TS 1", () => store.Blocker?.StartTs == 1 && store.MaxSeenTs == 3, Cancelled);
        Assert.Equal(0ul, store.MaxCommitTs);
        Assert.Empty(store.ReadAll());

        await store.WriteAsync(TestBinlogs.Rollback(1));

        await store.ReachAsync(3);
        Assert.Null(store.Blocker);
        Assert.Equal([3ul], store.ReadAll());
    }

    [Fact]
    public async Task WriteAsync_CommitTsOfARollbackOrPrewrite_CountsForNothing()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(new TiDB.Records.BinlogHeader { Type = TiDB.Records.BinlogType.Rollback, StartTs = 1, CommitTs = 900 }, TestBinlogs.Rollback(1), Cancelled);
        await store.WriteAsync(new TiDB.Records.BinlogHeader { Type = TiDB.Records.BinlogType.Prewrite, StartTs = 2, CommitTs = 900 }, TestBinlogs.Prewrite(2), Cancelled);
        await store.WriteAsync(TestBinlogs.Commit(2, 3));
        await store.ReachAsync(3);

        Assert.Equal(3ul, store.MaxSeenTs);
    }

    [Fact]
    public async Task OpenCursor_Joined_HasThePrewritesValueAndDdlFieldsAndTheCommitsKey()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.DdlPrewrite(1, "CREATE TABLE `t` (`a` INT);", 77, 5));
        await store.WriteAsync(TestBinlogs.Commit(1, 2));
        await store.ReachAsync(2);

        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(store.OpenCursor(0).TryRead(2, buffer, out _, out _));

        TiDB.Contracts.BinlogRecord joined = TiDB.Contracts.BinlogRecord.Parser.ParseFrom(buffer.WrittenSpan);
        Assert.Equal(TiDB.Contracts.BinlogType.Commit, joined.Tp);
        Assert.Equal((1L, 2L), (joined.StartTs, joined.CommitTs));
        Assert.Equal("k", joined.PrewriteKey.ToStringUtf8());
        Assert.Equal("CREATE TABLE `t` (`a` INT);", joined.DdlQuery.ToStringUtf8());
        Assert.Equal((77L, 5), (joined.DdlJobId, joined.DdlSchemaState));
    }

    [Fact]
    public async Task TryRead_AboveTheGivenMax_NotYet()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.CommitAsync(1, 2);
        await store.CommitAsync(3, 4);
        await store.ReachAsync(4);
        PullCursor cursor = store.OpenCursor(0);
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();

        Assert.True(cursor.TryRead(3, buffer, out _, out _));
        Assert.False(cursor.TryRead(3, buffer, out _, out _));
        Assert.True(cursor.TryRead(4, buffer, out _, out ulong commitTs));
        Assert.Equal(4ul, commitTs);
    }

    /// <summary>Concurrent writers with one TSO: what a cluster does.</summary>
    [Fact]
    public async Task WriteAsync_ConcurrentWriters_CompleteAndAscending()
    {
        const int Writers = 8, PerWriter = 100;
        ulong tso = 0;
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path, segmentSizeBytes: 16_384);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (int number = 0; number < PerWriter; number++)
            {
                ulong startTs = Interlocked.Increment(ref tso);
                await store.WriteAsync(TestBinlogs.Prewrite(startTs));
                await store.WriteAsync(TestBinlogs.Commit(startTs, Interlocked.Increment(ref tso)));
            }
        })));
        await store.WriteAsync(TestBinlogs.Fake(tso + 1));
        await store.ReachAsync(tso + 1);

        List<ulong> read = store.ReadAll();
        Assert.Equal(Writers * PerWriter, read.Count);
        Assert.Equal(read.Order().Distinct(), read);
    }

    private static async Task WriteManyAsync(PumpStore store, int count)
    {
        for (int number = 1; number <= count; number++)
        {
            await store.CommitAsync((2ul * (ulong)number) - 1, 2ul * (ulong)number);
        }

        await store.ReachAsync(2ul * (ulong)count);
    }

    private static void AssertHasMany(PumpStore store, int count)
    {
        Assert.Equal(Enumerable.Range(1, count).Select(number => 2ul * (ulong)number), store.ReadAll());
        Assert.Equal(2ul * (ulong)count, store.MaxCommitTs);
    }
}
