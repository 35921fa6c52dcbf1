using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Spilling;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class PendingRunsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly KillPointFileSystem _files = new();
    private readonly List<Exception> _refusals = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Take_SeveralRuns_MergedByCommitTs()
    {
        using PendingRuns runs = Open();
        CommittedTransaction[] all = [.. Enumerable.Range(1, 3000).Select(Transaction)];
        for (int run = 0; run < 7; run++)
        {
            Assert.True(runs.TryAdd([.. all.Where((_, place) => place * 31 % 7 == run)]));
        }

        Assert.Equal(all.Length, runs.Count);
        Assert.Equal(5ul, runs.SmallestSegment);
        Assert.Equal(all, TakeAll(runs));
        Assert.Equal(ulong.MaxValue, runs.SmallestSegment);
        Assert.True(runs.TryAdd([all[7], all[9]]));
        Assert.Equal([all[7], all[9]], TakeAll(runs));
    }

    [Fact]
    public void TryAdd_BetweenTakes_StillInOrder()
    {
        using PendingRuns runs = Open();
        runs.TryAdd([Transaction(1), Transaction(4), Transaction(6)]);
        Assert.Equal(Transaction(1), runs.Take());

        runs.TryAdd([Transaction(2), Transaction(5)]);

        Assert.Equal([Transaction(2), Transaction(4), Transaction(5), Transaction(6)], TakeAll(runs));
    }

    [Fact]
    public void TryFind_EveryStartTsAndCommitTs_Found()
    {
        using PendingRuns runs = Open();
        runs.TryAdd([.. Enumerable.Range(1, 500).Select(Transaction)]);
        runs.TryAdd([.. Enumerable.Range(501, 500).Select(Transaction)]);

        for (int number = 1; number <= 1000; number++)
        {
            Assert.True(runs.TryFindCommitTs(Transaction(number).StartTs, out ulong commitTs));
            Assert.Equal(Transaction(number).CommitTs, commitTs);
            Assert.False(runs.TryFindCommitTs(Transaction(number).StartTs + 1, out _));
        }

        for (int number = 1; number <= 1000; number++)
        {
            Assert.True(runs.TryFindStartTs(Transaction(number).CommitTs, out ulong startTs));
            Assert.Equal(Transaction(number).StartTs, startTs);
        }

        Assert.False(runs.TryFindStartTs(Transaction(1001).CommitTs, out _));
        Assert.True(runs.TryFind(found => found.CommitTs == Transaction(777).CommitTs, out PackedTransaction transaction));
        Assert.Equal(Transaction(777), transaction.Unpack());
    }

    [Fact]
    public void TryAdd_DiskFull_RefusedAndNothingChanged()
    {
        using PendingRuns runs = Open();
        runs.TryAdd([Transaction(1)]);
        _files.KillAt(0);

        Assert.False(runs.TryAdd([Transaction(2)]));

        Assert.Single(_refusals);
        Assert.Equal([Transaction(1)], TakeAll(runs));
    }

    private static List<CommittedTransaction> TakeAll(PendingRuns runs)
    {
        var taken = new List<CommittedTransaction>();
        while (runs.TryPeek(out ulong commitTs))
        {
            taken.Add(runs.Take());
            Assert.Equal(commitTs, taken[^1].CommitTs);
        }

        Assert.Equal(0, runs.Count);
        return taken;
    }

    /// <summary>The order of start TS is another than that of commit TS.</summary>
    private static CommittedTransaction Transaction(int number)
    {
        ulong startTs = 2 * (1 + ((ulong)number * 7919 % 10_007));
        return new CommittedTransaction(1_000_000 + (ulong)number, startTs, new LogPosition(5, 64), new LogPosition(6, 8L * number));
    }

    private PendingRuns Open() => new(_files, _directory.Combine("runs"), _refusals.Add);
}
