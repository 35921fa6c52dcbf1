using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class CommittedIndexTests
{
    private const int SeveralChunks = 100_000;

    [Fact]
    public void FindFirstAbove_ManyChunks_FindsEveryPlace()
    {
        CommittedIndex index = Filled(SeveralChunks);

        Assert.Equal(SeveralChunks, index.Count);
        Assert.Equal(0, index.FindFirstAbove(0));
        Assert.Equal(0, index.FindFirstAbove(9));
        Assert.Equal(1, index.FindFirstAbove(10));
        Assert.Equal(1, index.FindFirstAbove(19));
        Assert.Equal(16_384, index.FindFirstAbove(163_840));
        Assert.Equal(SeveralChunks - 1, index.FindFirstAbove((10ul * SeveralChunks) - 1));
        Assert.Equal(SeveralChunks, index.FindFirstAbove(10ul * SeveralChunks));
        Assert.Equal(SeveralChunks, index.FindFirstAbove(ulong.MaxValue));
    }

    [Fact]
    public void Item_AnyPlace_HasWhatWasAppended()
    {
        CommittedIndex index = Filled(SeveralChunks);

        foreach (int place in new[] { 0, 1, 16_383, 16_384, 65_535, 65_536, SeveralChunks - 1 })
        {
            Assert.Equal(
                Transaction(place),
                new CommittedTransaction(index[place].CommitTs, index[place].StartTs, index[place].Prewrite, index[place].Commit));
        }
    }

    [Fact]
    public void Contains_OnlyTheSamePair()
    {
        CommittedIndex index = Filled(20);

        Assert.True(index.Contains(100, 95));
        Assert.False(index.Contains(100, 94));
        Assert.False(index.Contains(101, 95));
        Assert.False(index.Contains(0, 0));
        Assert.False(index.Contains(ulong.MaxValue, 1));
        Assert.False(new CommittedIndex().Contains(1, 1));
    }

    [Fact]
    public async Task Append_WithReaders_TheySeeWholeEntriesInOrder()
    {
        var index = new CommittedIndex();
        using var appended = new CancellationTokenSource();
        Task<long>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => Check(index, appended.Token)))];

        for (int place = 0; place < SeveralChunks; place += 100)
        {
            index.Append([.. Enumerable.Range(place, 100).Select(Transaction)]);
        }

        await appended.CancelAsync();
        Assert.All(await Task.WhenAll(readers), seen => Assert.Equal(SeveralChunks, seen));
    }

    private static long Check(CommittedIndex index, CancellationToken appended)
    {
        long next = 0;
        bool isLast;
        do
        {
            isLast = appended.IsCancellationRequested;
            for (long count = index.Count; next < count; next++)
            {
                Assert.Equal(Transaction((int)next).CommitTs, index[next].CommitTs);
                Assert.Equal(Transaction((int)next).Commit, index[next].Commit);
            }

            Assert.Equal(next / 2, index.FindFirstAbove(10 * (ulong)(next / 2)));
        }
        while (!isLast);
        return next;
    }

    private static CommittedIndex Filled(int count)
    {
        var index = new CommittedIndex();
        index.Append([.. Enumerable.Range(0, count).Select(Transaction)]);
        return index;
    }

    private static CommittedTransaction Transaction(int place)
    {
        ulong commitTs = 10 * ((ulong)place + 1);
        return new CommittedTransaction(commitTs, commitTs - 5, new LogPosition(1, 64 + (16L * place)), new LogPosition(uint.MaxValue, (16L << 30) - (8L * place)));
    }
}
