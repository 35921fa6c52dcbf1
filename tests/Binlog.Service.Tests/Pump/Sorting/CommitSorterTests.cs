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
