using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>Binlogs that contradict each other: the first outcome stays, and nothing stops the order for good.</summary>
public sealed class CommitSorterContradictionTests
{
    private readonly SorterDriver _driver = new();

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
        _driver.Prewrite(1);
        _driver.Commit(2, 11);

        Assert.Contains("start TS 1 has that commit TS", irregularity, StringComparison.Ordinal);
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

    private static void Decide(SorterDriver driver, ulong startTs, ulong commitTs)
    {
        driver.Prewrite(startTs);
        driver.Commit(startTs, commitTs);
    }
}
