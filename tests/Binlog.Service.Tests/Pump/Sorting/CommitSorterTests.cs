using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

public sealed class CommitSorterTests
{
    private readonly SorterDriver _driver = new();

    [Fact]
    public void Advance_TwoTransactionsCommittedInOtherOrder_CommitOrder()
    {
        _driver.Prewrite(1);
        _driver.Prewrite(2);
        _driver.Commit(2, 3);
        Assert.Empty(_driver.Advance());

        _driver.Commit(1, 10);

        Assert.Equal([3ul, 10], _driver.Advance());
        Assert.Equal(
            [
                new CommittedTransaction(3, 2, SorterDriver.PositionOf(1), SorterDriver.PositionOf(2)),
                new CommittedTransaction(10, 1, SorterDriver.PositionOf(0), SorterDriver.PositionOf(3)),
            ],
            _driver.Output);
        Assert.Equal(10ul, _driver.Sorter.MaxCommitTs);
        Assert.Null(_driver.Sorter.Blocker);
    }

    [Fact]
    public void Advance_UndecidedPrewrite_HoldsWhatCameAfter()
    {
        _driver.Prewrite(1);
        _driver.Prewrite(5);
        _driver.Commit(5, 6);
        _driver.Fake(7);

        Assert.Empty(_driver.Advance());
        Assert.Equal(0ul, _driver.Sorter.MaxCommitTs);
        Assert.Equal(7ul, _driver.Sorter.MaxSeenTs);
        Assert.Equal(1, _driver.Sorter.UndecidedCount);
        Assert.Equal((PumpRecordKind.Prewrite, 1ul), (_driver.Sorter.Blocker!.Value.Kind, _driver.Sorter.Blocker.Value.StartTs));
    }

    [Fact]
    public void Advance_PrewriteAfterCommit_DoesNotHoldTheCommit()
    {
        _driver.Prewrite(1);
        _driver.Commit(1, 3);
        _driver.Prewrite(4);

        Assert.Equal([3ul], _driver.Advance());
        Assert.Equal(3ul, _driver.Sorter.MaxCommitTs);
    }

    [Fact]
    public void Add_CommitBeforeItsPrewrite_WaitsForIt()
    {
        string? irregularity = _driver.Commit(1, 10);

        Assert.Contains("start TS 1", irregularity, StringComparison.Ordinal);
        Assert.Empty(_driver.Advance());
        Assert.Equal(PumpRecordKind.Commit, _driver.Sorter.Blocker!.Value.Kind);

        _driver.Prewrite(1);

        Assert.Equal([10ul], _driver.Advance());
        Assert.Equal(new CommittedTransaction(10, 1, SorterDriver.PositionOf(1), SorterDriver.PositionOf(0)), Assert.Single(_driver.Output));
    }

    [Fact]
    public void Advance_CommitWithoutPrewrite_HoldsLaterCommits()
    {
        _driver.Commit(1, 10);
        _driver.Prewrite(11);
        _driver.Commit(11, 12);
        Assert.Empty(_driver.Advance());

        _driver.Prewrite(1);

        Assert.Equal([10ul, 12], _driver.Advance());
    }

    [Fact]
    public void Advance_CommitWithoutPrewriteBehindAGreaterOne_HoldsThatToo()
    {
        _driver.Commit(1, 10);
        _driver.Commit(2, 9);
        _driver.Prewrite(1);
        Assert.Empty(_driver.Advance());
        Assert.Equal(2ul, _driver.Sorter.Blocker!.Value.StartTs);

        _driver.Prewrite(2);

        Assert.Equal([9ul, 10], _driver.Advance());
    }

    [Fact]
    public void Add_Rollback_ReleasesWhatWaited()
    {
        _driver.Prewrite(1);
        _driver.Prewrite(2);
        _driver.Commit(2, 3);
        _driver.Rollback(1);

        Assert.Equal([3ul], _driver.Advance());
        Assert.Equal(0, _driver.Sorter.UndecidedCount);
    }

    [Fact]
    public void Add_RollbackBeforeItsPrewrite_PrewriteIsVoid()
    {
        Assert.Null(_driver.Rollback(1));
        Assert.Null(_driver.Prewrite(1));
        _driver.Prewrite(2);
        _driver.Commit(2, 3);

        Assert.Equal([3ul], _driver.Advance());
    }

    [Fact]
    public void Add_RepeatedPrewrite_FirstCounts()
    {
        _driver.Prewrite(1);
        _driver.Prewrite(1);
        _driver.Commit(1, 3);

        Assert.Equal([3ul], _driver.Advance());
        Assert.Equal(SorterDriver.PositionOf(0), _driver.Output[0].Prewrite);
        Assert.Null(_driver.Sorter.Blocker);
    }

    [Fact]
    public void Add_RepeatedCommit_EmittedOnce()
    {
        _driver.Prewrite(1);
        _driver.Commit(1, 3);
        Assert.Null(_driver.Commit(1, 3));
        Assert.Equal([3ul], _driver.Advance());

        Assert.Null(_driver.Commit(1, 3));
        Assert.Empty(_driver.Advance());
        Assert.Null(_driver.Sorter.Blocker);
    }

    [Fact]
    public void Add_RepeatedTransactionAfterEmission_Nothing()
    {
        _driver.Prewrite(1);
        _driver.Commit(1, 3);
        _driver.Advance();

        _driver.Prewrite(1);
        _driver.Commit(1, 3);
        _driver.Prewrite(4);
        _driver.Commit(4, 5);

        Assert.Equal([5ul], _driver.Advance());
        Assert.Equal([3ul, 5], _driver.CommitTimestamps);
    }

    [Fact]
    public void Add_RepeatedTransactionAfterItWasForgotten_Nothing()
    {
        var driver = new SorterDriver(rememberedOutcomes: 1);
        Decide(driver, 1, 2);
        Decide(driver, 3, 4);
        driver.Advance();

        driver.Prewrite(1);
        driver.Commit(1, 2);
        Decide(driver, 5, 6);

        Assert.Equal([6ul], driver.Advance());
        Assert.Equal([2ul, 4, 6], driver.CommitTimestamps);
    }

    [Fact]
    public void Add_RepeatedCommitAfterItWasForgotten_DoesNotWaitForAPrewrite()
    {
        var driver = new SorterDriver(rememberedOutcomes: 1);
        Decide(driver, 1, 2);
        Decide(driver, 3, 4);
        driver.Advance();

        driver.Commit(1, 2);
        Decide(driver, 5, 6);

        Assert.Equal([6ul], driver.Advance());
        Assert.Null(driver.Sorter.Blocker);
    }

    [Fact]
    public void Add_ManyDecidedWhileHeldBack_NoneIsForgottenBeforeItIsEmitted()
    {
        var driver = new SorterDriver(rememberedOutcomes: 1);
        driver.Prewrite(1);
        for (ulong startTs = 2; startTs < 10; startTs += 2)
        {
            Decide(driver, startTs, startTs + 1);
        }

        driver.Prewrite(2);
        driver.Commit(2, 3);
        driver.Commit(4, 5);
        driver.Rollback(1);

        Assert.Equal([3ul, 5, 7, 9], driver.Advance());
        Assert.Null(driver.Sorter.Blocker);
    }

    [Fact]
    public void Add_TwoCommitTimestamps_FirstStaysAndIsReported()
    {
        _driver.Prewrite(1);
        _driver.Commit(1, 3);

        string? irregularity = _driver.Commit(1, 4);

        Assert.Contains("committed at 4, but was committed at 3", irregularity, StringComparison.Ordinal);
        Assert.Equal([3ul], _driver.Advance());
    }

    [Fact]
    public void Add_TwoCommitTimestampsBeforeThePrewrite_FirstStaysAndIsReported()
    {
        _driver.Commit(1, 3);

        string? irregularity = _driver.Commit(1, 4);

        Assert.Contains("committed at 4, but was committed at 3", irregularity, StringComparison.Ordinal);
        _driver.Prewrite(1);
        Assert.Equal([3ul], _driver.Advance());
    }

    [Fact]
    public void Add_CommitAfterRollback_FirstStaysAndIsReported()
    {
        _driver.Prewrite(1);
        _driver.Rollback(1);

        string? irregularity = _driver.Commit(1, 4);

        Assert.Contains("rolled back", irregularity, StringComparison.Ordinal);
        Assert.Empty(_driver.Advance());
    }

    [Fact]
    public void Add_RollbackAfterCommit_FirstStaysAndIsReported()
    {
        _driver.Prewrite(1);
        _driver.Commit(1, 4);

        string? irregularity = _driver.Rollback(1);

        Assert.Contains("committed at 4", irregularity, StringComparison.Ordinal);
        Assert.Equal([4ul], _driver.Advance());
    }

    [Fact]
    public void Add_RollbackAfterCommitWithoutPrewrite_FirstStaysAndIsReported()
    {
        _driver.Commit(1, 4);

        string? irregularity = _driver.Rollback(1);

        Assert.Contains("committed at 4", irregularity, StringComparison.Ordinal);
        _driver.Prewrite(1);
        Assert.Equal([4ul], _driver.Advance());
    }

    [Fact]
    public void Advance_Fake_MovesTheMaxCommitTsAndIsNotEmitted()
    {
        _driver.Fake(5);
        Assert.Empty(_driver.Advance());
        Assert.Equal(5ul, _driver.Sorter.MaxCommitTs);

        _driver.Prewrite(6);
        _driver.Fake(9);
        _driver.Advance();
        Assert.Equal(5ul, _driver.Sorter.MaxCommitTs);

        _driver.Commit(6, 8);
        Assert.Equal([8ul], _driver.Advance());
        Assert.Equal(9ul, _driver.Sorter.MaxCommitTs);
    }

    [Fact]
    public void Advance_OlderFake_DoesNotMoveBack()
    {
        _driver.Fake(9);
        _driver.Fake(5);
        _driver.Advance();

        Assert.Equal(9ul, _driver.Sorter.MaxCommitTs);
    }

    [Fact]
    public void Commit_BelowTheAnnounced_StaysUndecidedUntilItIsDecidedAboveIt()
    {
        _driver.Fake(20);
        _driver.Advance();
        _driver.Prewrite(1);

        string? irregularity = _driver.Commit(1, 15);
        Decide(_driver, 21, 22);
        _driver.Advance();

        Assert.Contains("start TS 1 at 15 is not taken", irregularity, StringComparison.Ordinal);
        Assert.Contains("up to 20", irregularity, StringComparison.Ordinal);
        Assert.Equal((20ul, 1ul), (_driver.Sorter.MaxCommitTs, _driver.Sorter.Blocker?.StartTs));
        Assert.Null(_driver.Commit(1, 23));
        Assert.Equal([22ul, 23], _driver.Advance());
    }

    [Fact]
    public void Commit_AtTheCommitTsOfAnEmittedTransaction_StaysUndecided()
    {
        Decide(_driver, 1, 10);
        _driver.Advance();

        Decide(_driver, 2, 10);

        Assert.Empty(_driver.Advance());
        Assert.Equal(2ul, _driver.Sorter.Blocker?.StartTs);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2)]
    public void Commit_AtTheCommitTsOfAWaitingTransaction_StaysUndecidedAndTheFirstStays(int pendingInMemory)
    {
        var driver = new SorterDriver(pendingInMemory: pendingInMemory);
        driver.Prewrite(1);
        driver.Prewrite(2);
        Decide(driver, 3, 10);
        Decide(driver, 4, 12);
        Decide(driver, 5, 14);

        string? irregularity = driver.Commit(2, 10);
        driver.Rollback(1);
        driver.Advance();

        Assert.Contains("start TS 2 at 10 is not taken, because the transaction of start TS 3 has that commit TS", irregularity, StringComparison.Ordinal);
        Assert.Empty(driver.Output);
        Assert.Equal(2ul, driver.Sorter.Blocker?.StartTs);
        driver.Commit(2, 11);
        driver.Advance();
        Assert.Equal([(3ul, 10ul), (2, 11), (4, 12), (5, 14)], driver.Output.Select(transaction => (transaction.StartTs, transaction.CommitTs)));
    }

    [Fact]
    public void Commit_AtTheCommitTsOfOneThatWaitsForItsPrewrite_StaysUndecided()
    {
        _driver.Commit(1, 10);
        _driver.Prewrite(2);

        string? irregularity = _driver.Commit(2, 10);
        string? early = _driver.Commit(3, 10);
        _driver.Prewrite(1);
        _driver.Commit(2, 11);

        Assert.Contains("start TS 1 has that commit TS", irregularity, StringComparison.Ordinal);
        Assert.Contains("start TS 1 has that commit TS", early, StringComparison.Ordinal);
        Assert.Equal([10ul, 11], _driver.Advance());
        Assert.Null(_driver.Sorter.Blocker);
    }

    [Fact]
    public void Commit_AtTheCommitTsOfOneThatWasGivenUp_IsTaken()
    {
        _driver.Commit(1, 10);
        _driver.Prewrite(2);
        _driver.Add(PumpRecordKind.Rollback, 1, 10);

        Assert.Null(_driver.Commit(2, 10));

        Assert.Equal([10ul], _driver.Advance());
    }

    [Fact]
    public void Add_FreshPrewrites_IndexIsNotAsked()
    {
        var driver = new SorterDriver(rememberedOutcomes: 2);
        for (ulong ts = 1; ts < 1000; ts += 2)
        {
            Decide(driver, ts, ts + 1);
            driver.Advance();
        }

        Assert.Equal(0, driver.Questions);
    }

    [Fact]
    public void Add_PrewriteOfLongAgo_IndexIsAskedAndKnowsIt()
    {
        var driver = new SorterDriver(rememberedOutcomes: 2);
        for (ulong ts = 1; ts < 20; ts += 2)
        {
            Decide(driver, ts, ts + 1);
            driver.Advance();
        }

        driver.Prewrite(3);

        Assert.Equal(1, driver.Questions);
        Assert.Equal(0, driver.Sorter.UndecidedCount);
        Assert.Null(driver.Sorter.Blocker);
    }

    [Fact]
    public void Advance_ManyHeldBack_PutAwayAndMergedInOrder()
    {
        var driver = new SorterDriver(pendingInMemory: 10);
        driver.Prewrite(1);
        for (ulong ts = 300; ts > 2; ts -= 3)
        {
            Decide(driver, ts, ts + 1);
        }

        Assert.Equal(10, driver.Runs.Runs);
        Assert.Null(driver.Commit(150, 151));
        Assert.Contains("committed at 151", driver.Rollback(150), StringComparison.Ordinal);
        driver.Prewrite(150);
        Assert.Equal(1, driver.Sorter.UndecidedCount);

        driver.Commit(1, 2);

        Assert.Equal(Enumerable.Range(1, 100).Select(number => (3 * (ulong)number) + 1).Prepend(2ul), driver.Advance());
        Assert.Equal(0, driver.Sorter.Pending.Count);
        Assert.Equal(301ul, driver.Sorter.MaxCommitTs);
    }

    [Fact]
    public void Advance_ManyHeldBackAndDiskFull_StayInMemory()
    {
        var driver = new SorterDriver(pendingInMemory: 10);
        driver.Runs.AreRefused = true;
        driver.Prewrite(1);
        for (ulong ts = 3; ts < 100; ts += 2)
        {
            Decide(driver, ts, ts + 1);
        }

        driver.Rollback(1);

        Assert.Equal(49, driver.Advance().Count);
    }

    [Fact]
    public void Advance_CommitWithoutPrewrite_OrderGoesUpToItsCommitTs()
    {
        _driver.Commit(1, 10);
        Decide(_driver, 4, 8);
        Decide(_driver, 9, 12);

        Assert.Equal([8ul], _driver.Advance());
        Assert.Equal(9ul, _driver.Sorter.MaxCommitTs);
    }

    [Fact]
    public void Add_CommitWithoutPrewriteWhereBinlogsWereRemoved_HoldsNothing()
    {
        _driver.Sorter.AssumeRemoved(10);

        Assert.Null(_driver.Commit(1, 10));
        Assert.NotNull(_driver.Commit(2, 11));

        Assert.Equal(2ul, _driver.Sorter.Blocker!.Value.StartTs);
    }

    [Fact]
    public void Add_Snapshot_VoidsWhatItDoesNotCallUndecided()
    {
        _driver.Prewrite(1);
        _driver.Prewrite(2);
        Decide(_driver, 20, 21);
        _driver.Prewrite(3);

        _driver.Sorter.Add(new OrderSnapshot(15, 18, SorterDriver.PositionOf(4), [2]));

        Assert.Equal([2ul, 3], _driver.Sorter.Order.InOrder().Select(prewrite => prewrite.StartTs));
        _driver.Advance();
        Assert.Equal(18ul, _driver.Sorter.MaxCommitTs);
        _driver.Rollback(2);
        Assert.Equal([21ul], _driver.Advance());
    }

    private static void Decide(SorterDriver driver, ulong startTs, ulong commitTs)
    {
        driver.Prewrite(startTs);
        driver.Commit(startTs, commitTs);
    }
}
