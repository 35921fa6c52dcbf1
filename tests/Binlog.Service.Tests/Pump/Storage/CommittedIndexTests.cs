using Binlog.RelayLog;
using Binlog.RelayLog.Files;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Pump.Storage.Indexing;

namespace Binlog.Service.Tests.Pump.Storage;

public sealed class CommittedIndexTests : IDisposable
{
    private const int SeveralFiles = 1_000;

    private static readonly IndexLayout Layout = new(BlockEntries: 16, FileBlocks: 8);

    private readonly TemporaryDirectory _directory = new();
    private readonly Guid _logId = Guid.NewGuid();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void OpenCursor_ManyBlocks_FindsEveryPlace()
    {
        using CommittedIndex index = Filled(SeveralFiles);

        Assert.Equal(SeveralFiles, index.Count);
        for (int place = 0; place < SeveralFiles; place++)
        {
            ulong commitTs = Transaction(place).CommitTs;
            Assert.Equal(Transaction(place), First(index, commitTs - 1));
            Assert.Equal(Transaction(place), First(index, commitTs - 10));
        }

        Assert.Null(First(index, 10ul * SeveralFiles));
        Assert.Null(First(index, ulong.MaxValue));
    }

    [Fact]
    public void Advance_FromTheBeginning_EverythingInOrder()
    {
        using CommittedIndex index = Filled(SeveralFiles);

        Assert.Equal(Enumerable.Range(0, SeveralFiles).Select(Transaction), Walk(index.OpenCursor(0)));
    }

    [Fact]
    public void Contains_OnlyTheSamePair()
    {
        using CommittedIndex index = Filled(20);

        Assert.True(index.Contains(100, 95));
        Assert.False(index.Contains(100, 94));
        Assert.False(index.Contains(101, 95));
        Assert.False(index.Contains(0, 0));
        Assert.False(index.Contains(ulong.MaxValue, 1));
        using CommittedIndex empty = Open([], 0);
        Assert.False(empty.Contains(1, 1));
    }

    [Fact]
    public void TryFindCommitTs_AnyPlace_Found()
    {
        using CommittedIndex index = Filled(SeveralFiles);

        for (int place = 0; place < SeveralFiles; place++)
        {
            Assert.True(index.TryFindCommitTs(Transaction(place).StartTs, out ulong commitTs));
            Assert.Equal(Transaction(place).CommitTs, commitTs);
            Assert.False(index.TryFindCommitTs(Transaction(place).StartTs + 1, out _));
        }
    }

    /// <summary>In every block is one transaction that began before all others, so that every block may have every start TS.</summary>
    [Fact]
    public void TryFindCommitTs_LongTransactionsInEveryBlock_FoundUnlessItTookMoreThan32Blocks()
    {
        using CommittedIndex index = Open([], 0);
        for (int place = 0; place < SeveralFiles; place++)
        {
            index.Append(WithLongOnes(place));
        }

        for (int place = 0; place < SeveralFiles; place++)
        {
            CommittedTransaction transaction = WithLongOnes(place);
            bool isFound = index.TryFindCommitTs(transaction.StartTs, out ulong commitTs);

            int block = place / Layout.BlockEntries;
            Assert.Equal(place % Layout.BlockEntries > 0 || block < 32 || block == SeveralFiles / Layout.BlockEntries, isFound);
            Assert.Equal(isFound ? transaction.CommitTs : 0, commitTs);
        }

        static CommittedTransaction WithLongOnes(int place)
        {
            CommittedTransaction later = Transaction(place + SeveralFiles);
            return place % Layout.BlockEntries == 0 ? later with { StartTs = 1 + (ulong)(place / Layout.BlockEntries) } : later;
        }
    }

    /// <summary>Retention removes a file after a look-up has chosen a block of it.</summary>
    [Fact]
    public void TryFind_FileIsRemovedMeanwhile_IsNotThere()
    {
        var files = new FailingFileSystem();
        using CommittedIndex index = Filled(SeveralFiles, files);

        RemoveAtNextRead(files, index, Transaction(200).CommitTs);
        Assert.False(index.TryFindCommitTs(Transaction(3).StartTs, out _));
        RemoveAtNextRead(files, index, Transaction(400).CommitTs);
        Assert.False(index.Contains(Transaction(210).CommitTs, Transaction(210).StartTs));

        Assert.Equal(Transaction(400).CommitTs, index.RemovedUpTo);
        Assert.True(index.TryFindCommitTs(Transaction(401).StartTs, out _));
    }

    [Fact]
    public void SmallestSegmentAbove_AnyCommitTs_CountsOnlyWhatIsAbove()
    {
        using CommittedIndex index = Filled(SeveralFiles);

        Assert.Equal(1ul, index.SmallestSegmentAbove(0));
        Assert.Equal(4ul, index.SmallestSegmentAbove(Transaction(299).CommitTs));
        Assert.Equal(10ul, index.SmallestSegmentAbove(Transaction(998).CommitTs));
        Assert.Equal(ulong.MaxValue, index.SmallestSegmentAbove(Transaction(999).CommitTs));
    }

    [Fact]
    public void FindLastCommitTsIn_Segment_ItsLastTransaction()
    {
        using CommittedIndex index = Filled(SeveralFiles);

        Assert.Equal(Transaction(299).CommitTs, index.FindLastCommitTsIn(3));
        Assert.Equal(Transaction(999).CommitTs, index.FindLastCommitTsIn(10));
        Assert.Equal(0ul, index.FindLastCommitTsIn(0));
    }

    [Fact]
    public void RemoveUpTo_Limit_BlocksAndFilesBelowAreGoneAndTheRestIsRead()
    {
        using CommittedIndex index = Filled(SeveralFiles);
        int files = Files().Length;
        IndexCursor slow = index.OpenCursor(0);
        ulong limit = Transaction(499).CommitTs;

        index.RemoveUpTo(limit);

        Assert.Equal(files - 3, Files().Length);
        Assert.Equal(Enumerable.Range(500, 500).Select(Transaction), Walk(index.OpenCursor(limit)));
        Assert.Throws<CommitTsRemovedException>(() => slow.TryPeek(ulong.MaxValue, out _));
        using CommittedIndex again = Reopen(limit, blocks: SeveralFiles / 16);
        Assert.Equal(Enumerable.Range(500, 492).Select(Transaction), Walk(again.OpenCursor(limit)));
        Assert.Throws<IndexDamagedException>(() => Reopen(removedUpTo: 0, blocks: SeveralFiles / 16));
    }

    [Fact]
    public void RemoveUpTo_Everything_GoesOnAndIsOpenedAgain()
    {
        using (CommittedIndex index = Filled(8 * 16 * 2))
        {
            index.RemoveUpTo(ulong.MaxValue - 1);
        }

        using CommittedIndex again = Reopen(removedUpTo: 10ul * 8 * 16 * 2, blocks: 16);
        Assert.NotNull(again);
    }

    [Fact]
    public void ReadBlock_AnyBitFlipped_Damage()
    {
        using (Filled(64))
        {
        }

        string file = Assert.Single(Files());
        byte[] intact = File.ReadAllBytes(file);
        for (long offset = Layout.BlocksOffset; offset < intact.Length; offset += 7)
        {
            File.WriteAllBytes(file, [.. intact[..(int)offset], (byte)(intact[offset] ^ 4), .. intact[((int)offset + 1)..]]);
            using CommittedIndex index = Reopen(removedUpTo: 0, blocks: 4);

            Assert.Throws<IndexDamagedException>(() => Walk(index.OpenCursor(0)));
        }
    }

    [Fact]
    public void ReadSummaries_AnyByteOfHeaderOrSummaryFlipped_Damage()
    {
        using (Filled(64))
        {
        }

        string file = Assert.Single(Files());
        byte[] intact = File.ReadAllBytes(file);
        for (int offset = 0; offset < IndexLayout.SummaryOffset(4); offset++)
        {
            File.WriteAllBytes(file, [.. intact[..offset], (byte)(intact[offset] ^ 0x80), .. intact[(offset + 1)..]]);

            Assert.Throws<IndexDamagedException>(() => Reopen(removedUpTo: 0, blocks: 4));
        }
    }

    [Fact]
    public void ReadSummaries_FileMissing_Damage()
    {
        using (Filled(SeveralFiles))
        {
        }

        File.Delete(Files()[3]);

        Assert.Throws<IndexDamagedException>(() => Reopen(removedUpTo: 0, blocks: SeveralFiles / 16));
    }

    [Fact]
    public async Task Append_WithReaders_TheySeeWholeEntriesInOrder()
    {
        const int Count = 20_000;
        using CommittedIndex index = Open([], 0);
        using var appended = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => Follow(index, appended.Token)))];

        for (int place = 0; place < Count; place++)
        {
            index.Append(Transaction(place));
        }

        await appended.CancelAsync();
        Assert.All(await Task.WhenAll(readers), seen => Assert.Equal(Count, seen));
    }

    private static int Follow(CommittedIndex index, CancellationToken appended)
    {
        IndexCursor cursor = index.OpenCursor(0);
        int next = 0;
        bool isLast;
        do
        {
            isLast = appended.IsCancellationRequested;
            while (cursor.TryPeek(ulong.MaxValue, out CommittedTransaction transaction))
            {
                Assert.Equal(Transaction(next), transaction);
                cursor.Advance();
                next++;
            }
        }
        while (!isLast);
        return next;
    }

    private static List<CommittedTransaction> Walk(IndexCursor cursor)
    {
        var found = new List<CommittedTransaction>();
        while (cursor.TryPeek(ulong.MaxValue, out CommittedTransaction transaction))
        {
            found.Add(transaction);
            cursor.Advance();
        }

        return found;
    }

    private static CommittedTransaction? First(CommittedIndex index, ulong after) =>
        index.OpenCursor(after).TryPeek(ulong.MaxValue, out CommittedTransaction transaction) ? transaction : null;

    private string[] Files() => [.. Directory.GetFiles(_directory.Path, "*.idx").Order(StringComparer.Ordinal)];

    private static void RemoveAtNextRead(FailingFileSystem files, CommittedIndex index, ulong commitTs) => files.Unreadable = _ =>
    {
        files.Unreadable = null;
        index.RemoveUpTo(commitTs);
        return false;
    };

    private CommittedIndex Filled(int count, ILogFileSystem? fileSystem = null)
    {
        CommittedIndex index = Open([], 0, fileSystem);
        for (int place = 0; place < count; place++)
        {
            index.Append(Transaction(place));
        }

        index.Flush();
        return index;
    }

    private CommittedIndex Reopen(ulong removedUpTo, long blocks)
    {
        using IndexFiles files = OpenFiles();
        return Open(files.ReadSummaries(blocks, removedUpTo), blocks);
    }

    private CommittedIndex Open(List<BlockSummary> summaries, long blocks, ILogFileSystem? fileSystem = null) =>
        new(new BlockList(OpenFiles(fileSystem), cachedBlocks: 3, summaries), blocks, []);

    private IndexFiles OpenFiles(ILogFileSystem? fileSystem = null) => new(fileSystem ?? new SegmentedLogOptions { Directory = "." }.FileSystem, _directory.Path, _logId, Layout);

    private static CommittedTransaction Transaction(int place)
    {
        ulong commitTs = 10 * ((ulong)place + 1);
        ulong segment = 1 + ((ulong)place / 100);
        return new CommittedTransaction(commitTs, commitTs - 5, new LogPosition(segment, 64 + (16L * place)), new LogPosition(uint.MaxValue, (16L << 30) - (8L * place)));
    }
}
