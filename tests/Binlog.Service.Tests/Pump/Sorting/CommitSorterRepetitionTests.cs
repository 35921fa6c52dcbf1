namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>Binlogs that a client sent again, soon or long after.</summary>
public sealed class CommitSorterRepetitionTests
{
    private readonly SorterDriver _driver = new();

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

    private static void Decide(SorterDriver driver, ulong startTs, ulong commitTs)
    {
        driver.Prewrite(startTs);
        driver.Commit(startTs, commitTs);
    }
}
