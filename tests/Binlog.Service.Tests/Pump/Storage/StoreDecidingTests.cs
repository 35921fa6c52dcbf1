using System.Buffers;
using System.Text.Json;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class StoreDecidingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task DecideAsync_Commit_ComesOutWithItsKeyAndRowsAndTheNoteStays()
    {
        await using (PumpStore store = await OpenWithUndecidedAsync())
        {
            await store.DecideAsync(Decision(11, 30));
            await store.ReachAsync(30);

            Assert.Equal([13ul, 30], store.ReadAll());
            var buffer = new ArrayBufferWriter<byte>();
            Assert.True(store.OpenCursor(13).TryRead(30, buffer, out _, out _));
            BinlogHeader header = BinlogHeader.Parse(buffer.WrittenSpan);
            Assert.Equal(TestBinlogs.Key, header.PrewriteKey.Of(buffer.WrittenSpan));
            Assert.Null(store.Held);
        }

        await using (StoredLog log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId))
        {
            Assert.Equal([PumpRecordKind.Note, PumpRecordKind.Commit], log.Kinds()[^2..]);
            TransactionDecision? note = DecisionNote.TryRead(log.Payloads()[^2]);
            Assert.Equal(Decision(11, 30), note);
            Assert.Equal(11, JsonDocument.Parse(log.Payloads()[^2]).RootElement.GetProperty("startTs").GetInt32());
        }

        await using PumpStore again = await StoreDriver.OpenSmallAsync(_directory.Path);
        Assert.Equal([13ul, 30], again.ReadAll());
    }

    [Fact]
    public async Task DecideAsync_Rollback_ReleasesTheOrderAndRefusesALaterCommit()
    {
        await using PumpStore store = await OpenWithUndecidedAsync();

        await store.DecideAsync(Decision(11, null));
        await store.ReachAsync(13);

        Assert.Equal([13ul], store.ReadAll());
        await Assert.ThrowsAsync<TransactionRolledBackException>(() => store.WriteAsync(TestBinlogs.Commit(11, 40)));
    }

    [Fact]
    public async Task DecideAsync_CommitTsTooSmall_RefusedAndNothingStored()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Fake(5));
        await store.WriteAsync(TestBinlogs.Prewrite(9));
        await store.WriteAsync(TestBinlogs.Fake(20));
        await store.WriteAsync(TestBinlogs.Prewrite(11));
        await store.SettleAsync();

        await Assert.ThrowsAsync<CommitTooLateException>(() => store.DecideAsync(Decision(11, 5)));
        var exception = await Assert.ThrowsAsync<DecisionTooLateException>(() => store.DecideAsync(Decision(11, 20)));
        Assert.Contains("above 20", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DecisionTooLateException>(() => store.DecideAsync(Decision(9, 9)));
        Assert.Equal([9ul, 11], store.ListUndecided(10).Select(transaction => transaction.StartTs));

        // What was refused would have stopped the order here.
        await store.DecideAsync(Decision(11, 21));
        await store.DecideAsync(Decision(9, 12));
        await store.ReachAsync(21);
        Assert.Null(store.SortingFault);
        Assert.Equal([12ul, 21], store.ReadAll());
    }

    [Theory]
    [InlineData(6, 5)]
    [InlineData(13, 12)]
    [InlineData(18, 17)]
    public async Task DecideAsync_CommitTsOfAnotherTransaction_RefusedAndNothingStored(ulong commitTs, ulong owner)
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path);
        await store.CommitAsync(5, 6);
        await store.WriteAsync(TestBinlogs.Prewrite(3));
        await store.CommitAsync(12, 13);
        await store.WriteAsync(TestBinlogs.Commit(17, 18));
        await store.SettleAsync();

        var exception = await Assert.ThrowsAsync<CommitTsTakenException>(() => store.DecideAsync(Decision(3, commitTs)));

        Assert.Contains($"the transaction of start TS {owner} has that commit TS", exception.Message, StringComparison.Ordinal);
        Assert.Equal(3ul, Assert.Single(store.ListUndecided(10)).StartTs);
        await store.DecideAsync(Decision(3, 14));
        await store.ReachAsync(14);
        Assert.Equal([6ul, 13, 14], store.ReadAll());
    }

    /// <summary>17 transactions wait, so that the first 16 of them are in a run on disk.</summary>
    [Fact]
    public async Task WriteAsync_CommitTsOfOneThatIsPutAway_Refused()
    {
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        for (ulong startTs = 10; startTs < 44; startTs += 2)
        {
            await store.CommitAsync(startTs, startTs + 1);
        }

        await store.WriteAsync(TestBinlogs.Prewrite(5));
        await store.SettleAsync();

        await Assert.ThrowsAsync<CommitTsTakenException>(() => store.WriteAsync(TestBinlogs.Commit(5, 21)));
        await store.WriteAsync(TestBinlogs.Commit(20, 21));
        await store.WriteAsync(TestBinlogs.Commit(5, 22));
        await store.WriteAsync(TestBinlogs.Rollback(1));
        await store.ReachAsync(43);
        Assert.Equal([11ul, 13, 15, 17, 19, 21, 22, 23], store.ReadAll()[..8]);
    }

    /// <summary>Two commits that were on their way at once, or a log of a version that took both.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAsync_TwoTransactionsAtOneCommitTsInTheLog_TheSecondIsHeldUntilItIsDecided(bool isDecidedAfterRestart)
    {
        await using (StoredLog log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId))
        {
            await log.AppendAsync(PumpRecordKind.Prewrite, 5, 0, TestBinlogs.Prewrite(5));
            await log.AppendAsync(PumpRecordKind.Prewrite, 6, 0, TestBinlogs.Prewrite(6));
            await log.AppendAsync(PumpRecordKind.Commit, 5, 8, TestBinlogs.Commit(5, 8));
            await log.AppendAsync(PumpRecordKind.Commit, 6, 8, TestBinlogs.Commit(6, 8));
        }

        PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path);
        if (isDecidedAfterRestart)
        {
            await store.DisposeAsync();
            store = await StoreDriver.OpenSmallAsync(_directory.Path);
        }

        await using (store)
        {
            Assert.Null(store.SortingFault);
            Assert.Equal((6ul, PumpRecordKind.Prewrite), (store.Held?.StartTs, store.Held?.Kind));
            await store.DecideAsync(Decision(6, 9));
            await store.ReachAsync(9);
            Assert.Equal([8ul, 9], store.ReadAll());
        }

        Directory.Delete(Path.Combine(_directory.Path, "index"), recursive: true);
        await using PumpStore rebuilt = await StoreDriver.OpenSmallAsync(_directory.Path);
        Assert.Equal([8ul, 9], rebuilt.ReadAll());
    }

    [Theory]
    [InlineData(12, "it is committed at 13")]
    [InlineData(15, "it is rolled back")]
    [InlineData(17, "it is committed at 18 and waits for its prewrite")]
    [InlineData(99, "this Pump has no binlog of it")]
    public async Task DecideAsync_NotUndecided_SaysWhatIsKnown(ulong startTs, string known)
    {
        await using PumpStore store = await OpenWithUndecidedAsync();
        await store.WriteAsync(TestBinlogs.Rollback(15));
        await store.WriteAsync(TestBinlogs.Commit(17, 18));
        await store.SettleAsync();

        var exception = await Assert.ThrowsAsync<NotUndecidedException>(() => store.DecideAsync(Decision(startTs, 1000)));

        Assert.Contains(known, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_AnyTimestamp_WhatIsStored()
    {
        await using PumpStore store = await OpenWithUndecidedAsync();
        await store.WriteAsync(TestBinlogs.Rollback(15));
        await store.SettleAsync();

        Assert.Equal((PumpRecordKind.Prewrite, 11ul, 0ul), Describe(store.Find(11)));
        Assert.Equal((PumpRecordKind.Commit, 12ul, 13ul), Describe(store.Find(12)));
        Assert.Equal(store.Find(12), store.Find(13));
        Assert.Equal((PumpRecordKind.Rollback, 15ul, 0ul), Describe(store.Find(15)));
        Assert.Null(store.Find(14));
        Assert.Equal(TestBinlogs.Prewrite(12), store.Open(store.Find(13)!.Prewrite).ReadWhole());
        Assert.Equal(TestBinlogs.Commit(12, 13), store.Open(store.Find(13)!.Commit).ReadWhole());

        await store.WriteAsync(TestBinlogs.Rollback(11));
        await store.ReachAsync(13);

        Assert.Equal((PumpRecordKind.Commit, 12ul, 13ul), Describe(store.Find(12)));
        Assert.Equal(store.Find(12), store.Find(13));
    }

    [Fact]
    public async Task FindFate_EachState_AsTheOrderHasIt()
    {
        await using PumpStore store = await OpenWithUndecidedAsync();
        await store.WriteAsync(TestBinlogs.Rollback(15));
        await store.WriteAsync(TestBinlogs.Commit(17, 18));
        await store.SettleAsync();

        Assert.Equal(TransactionOutcome.Undecided, store.FindFate(11)?.Outcome);
        Assert.Equal((TransactionOutcome.Committed, 13ul), Of(store.FindFate(12)));
        Assert.Equal((TransactionOutcome.RolledBack, 0ul), Of(store.FindFate(15)));
        Assert.Equal((TransactionOutcome.Committed, 18ul), Of(store.FindFate(17)));
        Assert.Null(store.FindFate(13));

        await store.WriteAsync(TestBinlogs.Commit(11, 14));
        await store.ReachAsync(14);

        Assert.Equal((TransactionOutcome.Committed, 13ul), Of(store.FindFate(12)));
        Assert.Equal((TransactionOutcome.Committed, 14ul), Of(store.FindFate(11)));

        static (TransactionOutcome, ulong) Of(TransactionFate? fate) => (fate!.Value.Outcome, fate.Value.CommitTs);
    }

    [Fact]
    public async Task Held_OtherHead_SinceIsThatHeads()
    {
        var time = new SettableTime();
        await using PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path, time: time);
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        await store.WriteAsync(TestBinlogs.Prewrite(2));
        await store.SettleAsync();
        DateTimeOffset first = time.Now;
        time.Now = first.AddMinutes(3);
        await store.CommitAsync(3, 4);
        await store.SettleAsync();
        Assert.Equal((1ul, PumpRecordKind.Prewrite, first), (store.Held!.StartTs, store.Held.Kind, store.Held.Since));

        await store.WriteAsync(TestBinlogs.Rollback(1));
        await store.SettleAsync();

        Assert.Equal((2ul, first.AddMinutes(3)), (store.Held!.StartTs, store.Held.Since));
    }

    private static (PumpRecordKind Kind, ulong StartTs, ulong CommitTs) Describe(StoredBinlog? found) => (found!.Kind, found.StartTs, found.CommitTs);

    private static TransactionDecision Decision(ulong startTs, ulong? commitTs) =>
        new(startTs, commitTs, "ann", "asked the cluster", new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));

    /// <summary>Start TS 11 is undecided and holds back 12, committed at 13.</summary>
    private async Task<PumpStore> OpenWithUndecidedAsync()
    {
        PumpStore store = await StoreDriver.OpenSmallAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Prewrite(11));
        await store.CommitAsync(12, 13);
        await store.SettleAsync();
        return store;
    }

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
