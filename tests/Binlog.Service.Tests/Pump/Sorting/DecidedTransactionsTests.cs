using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

public sealed class DecidedTransactionsTests
{
    [Fact]
    public void Add_BeyondCapacity_OldestReleasedIsForgotten()
    {
        var decided = new DecidedTransactions(2);
        for (ulong startTs = 1; startTs <= 3; startTs++)
        {
            decided.Add(startTs, startTs + 100);
            decided.Release(startTs);
        }

        Assert.False(decided.TryGet(1, out _));
        Assert.True(decided.TryGet(2, out ulong commitTs));
        Assert.Equal(102ul, commitTs);
        Assert.True(decided.TryGet(3, out _));
    }

    [Fact]
    public void Add_BeyondCapacityWithoutRelease_AllAreKept()
    {
        var decided = new DecidedTransactions(2);
        for (ulong startTs = 1; startTs <= 100; startTs++)
        {
            decided.Add(startTs, startTs + 100);
        }

        Assert.All(Enumerable.Range(1, 100), startTs => Assert.True(decided.TryGet((ulong)startTs, out _)));
    }

    [Fact]
    public void Add_SecondOutcome_FirstStays()
    {
        var decided = new DecidedTransactions(2);
        decided.Add(1, DecidedTransactions.RolledBack);
        decided.Add(1, 7);

        Assert.True(decided.TryGet(1, out ulong commitTs));
        Assert.Equal(DecidedTransactions.RolledBack, commitTs);
    }
}
