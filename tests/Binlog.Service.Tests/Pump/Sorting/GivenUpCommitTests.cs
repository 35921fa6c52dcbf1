using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>A commit without its prewrite, and the decision that gives it up.</summary>
public sealed class GivenUpCommitTests
{
    private readonly SorterDriver _driver = new();

    [Fact]
    public void Add_RollbackThatNamesTheCommitTs_OrderGoesOnAndThePrewriteIsVoid()
    {
        _driver.Commit(5, 8);
        _driver.Prewrite(6);
        _driver.Commit(6, 9);
        Assert.Null(_driver.Add(PumpRecordKind.Rollback, 5, 8));
        Assert.Equal([9UL], _driver.Advance());

        _driver.Prewrite(5);
        Assert.Empty(_driver.Advance());
        Assert.Null(_driver.Sorter.Blocker);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(7UL)]
    public void Add_RollbackThatNamesNoneOrAnother_CommitStays(ulong commitTs)
    {
        _driver.Commit(5, 8);

        Assert.Contains("committed at 8", _driver.Add(PumpRecordKind.Rollback, 5, commitTs), StringComparison.Ordinal);

        _driver.Prewrite(5);
        Assert.Equal([8UL], _driver.Advance());
    }

    [Fact]
    public void Blocker_CommitHoldsWhatPrewritesHavePassed_IsTheCommit()
    {
        _driver.Commit(5, 8);
        _driver.Fake(9);
        _driver.Prewrite(10);

        Assert.Equal((PumpRecordKind.Commit, 5UL), (_driver.Sorter.Blocker!.Value.Kind, _driver.Sorter.Blocker.Value.StartTs));
    }

    [Fact]
    public void Blocker_PrewriteHoldsBelowTheCommit_IsThePrewrite()
    {
        _driver.Prewrite(1);
        _driver.Commit(5, 8);

        Assert.Equal((PumpRecordKind.Prewrite, 1UL), (_driver.Sorter.Blocker!.Value.Kind, _driver.Sorter.Blocker.Value.StartTs));
    }
}
