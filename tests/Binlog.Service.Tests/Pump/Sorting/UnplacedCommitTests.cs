using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>
/// A commit without its prewrite whose commit TS is passed or another's: as in a log with a gap, where the prewrite was. It is
/// acknowledged, so it holds the order until somebody gives it up.
/// </summary>
public sealed class UnplacedCommitTests
{
    private readonly SorterDriver _driver = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Commit_BelowTheAnnouncedWithoutPrewrite_HoldsTheOrderUntilItIsGivenUp(bool isRestarted)
    {
        Decide(6, 10);
        _driver.Advance();

        string? irregularity = _driver.Commit(5, 9);
        Restart(isRestarted);
        Decide(11, 12);

        Assert.Empty(_driver.Advance());
        Assert.Contains("start TS 5 at 9", irregularity, StringComparison.Ordinal);
        Assert.Contains("up to 10", irregularity, StringComparison.Ordinal);
        Assert.Equal((PumpRecordKind.Commit, 5ul, 9ul), (_driver.Sorter.Blocker?.Kind, _driver.Sorter.Blocker?.StartTs, _driver.Sorter.Blocker?.CommitTs));
        Assert.Null(_driver.Add(PumpRecordKind.Rollback, 5, 9));
        Assert.Equal([12ul], _driver.Advance());
        Assert.Null(_driver.Sorter.Blocker);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Prewrite_OfACommitBelowTheAnnounced_IsUndecided(bool isRestarted)
    {
        _driver.Fake(10);
        _driver.Advance();
        _driver.Commit(5, 9);
        Restart(isRestarted);

        string? irregularity = _driver.Prewrite(5);
        Restart(isRestarted);
        Decide(11, 12);

        Assert.Empty(_driver.Advance());
        Assert.Contains("start TS 5 at 9 is not taken", irregularity, StringComparison.Ordinal);
        Assert.Equal((PumpRecordKind.Prewrite, 5ul), (_driver.Sorter.Blocker?.Kind, _driver.Sorter.Blocker?.StartTs));
        _driver.Rollback(5);
        Assert.Equal([12ul], _driver.Advance());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Commit_AtTheCommitTsOfAnotherWithoutPrewrite_HoldsTheOrderUntilItIsGivenUp(bool isOtherEmitted)
    {
        Decide(6, 10);
        if (isOtherEmitted)
        {
            _driver.Advance();
        }

        string? irregularity = _driver.Commit(5, 10);
        _driver.Fake(20);
        _driver.Advance();

        Assert.Contains("start TS 5 at 10", irregularity, StringComparison.Ordinal);
        Assert.Equal((PumpRecordKind.Commit, 5ul), (_driver.Sorter.Blocker?.Kind, _driver.Sorter.Blocker?.StartTs));
        _driver.Add(PumpRecordKind.Rollback, 5, 10);
        _driver.Advance();
        Assert.Equal([(6ul, 10ul)], _driver.Output.Select(transaction => (transaction.StartTs, transaction.CommitTs)));
        Assert.Equal(20ul, _driver.Sorter.MaxCommitTs);
    }

    [Fact]
    public void Commit_TwoWithoutPrewriteAtOneCommitTs_FirstPrewriteTakesItAndTheOtherIsUndecided()
    {
        _driver.Commit(1, 10);
        _driver.Commit(3, 10);

        Assert.Null(_driver.Prewrite(1));
        Assert.Equal(3ul, _driver.Sorter.Blocker?.StartTs);
        string? irregularity = _driver.Prewrite(3);

        Assert.Contains("start TS 1 has that commit TS", irregularity, StringComparison.Ordinal);
        Assert.Equal([10ul], _driver.Advance());
        Assert.Equal(3ul, Assert.Single(_driver.Sorter.Order.InOrder()).StartTs);
    }

    /// <summary>The commit TS stays with the one that came first, also after a restart; when that is given up, the next has it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryFindWaiting_TwoWithoutPrewriteAtOneCommitTs_IsTheFirstThatIsLeft(bool isRestarted)
    {
        _driver.Commit(3, 10);
        _driver.Commit(1, 10);
        Restart(isRestarted);
        Assert.Equal(3ul, Owner(10));

        _driver.Add(PumpRecordKind.Rollback, 3, 10);
        Restart(isRestarted);

        Assert.Equal(1ul, Owner(10));
        Decide(2, 10);
        Assert.Equal(2ul, Assert.Single(_driver.Sorter.Order.InOrder()).StartTs);
    }

    /// <summary>Otherwise a repeated commit of the one that is served would be refused.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void TryFindWaiting_CommitAtTheCommitTsOfAnother_IsTheOtherOrNone(bool isOtherEmitted, bool isRestarted)
    {
        _driver.Prewrite(4);
        Decide(6, 10);
        if (isOtherEmitted)
        {
            _driver.Rollback(4);
            _driver.Advance();
        }

        _driver.Commit(5, 10);
        Restart(isRestarted);

        Assert.Equal(isOtherEmitted ? 0ul : 6, Owner(10));
    }

    [Fact]
    public void Commit_BelowTheAnnouncedServedBefore_IsARepetition()
    {
        Decide(6, 10);
        _driver.Advance();

        Assert.Null(_driver.Commit(6, 10));

        Assert.Null(_driver.Sorter.Blocker);
    }

    /// <summary>Logs of older versions have removals after such a commit, because it held nothing then.</summary>
    [Fact]
    public void Add_SnapshotAboveAHeldCommit_GivesItUpAndSaysSo()
    {
        _driver.Fake(10);
        _driver.Advance();
        _driver.Commit(5, 9);

        string? irregularity = _driver.Sorter.Add(new OrderSnapshot(10, 12, SorterDriver.PositionOf(2), []));
        _driver.Advance();

        Assert.Contains("start TS 5 at 9", irregularity, StringComparison.Ordinal);
        Assert.Equal(12ul, _driver.Sorter.MaxCommitTs);
    }

    private void Decide(ulong startTs, ulong commitTs)
    {
        _driver.Prewrite(startTs);
        _driver.Commit(startTs, commitTs);
    }

    private ulong Owner(ulong commitTs) => _driver.Sorter.TryFindWaiting(commitTs, out ulong startTs) ? startTs : 0;

    private void Restart(bool isRestarted)
    {
        if (isRestarted)
        {
            _driver.Advance();
            _driver.Restart();
        }
    }
}
