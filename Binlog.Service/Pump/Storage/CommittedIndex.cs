using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Indexing;

namespace Binlog.Service.Pump.Storage;

/// <summary>
/// The committed transactions of a Pump in commit-TS order: full blocks on disk with a summary of each in memory, and the last
/// block in memory. One writer appends; any number of readers look up.
/// </summary>
/// <remarks>It is a cache of the log: whatever is wrong with it is found out by checksums and answered by making it anew.</remarks>
internal sealed class CommittedIndex : IEmittedTransactions, IDisposable
{
    /// <summary>
    /// How many blocks are looked through for a start TS that the sorter asks about: the first after it that may have it. So a transaction
    /// is found however long ago it was, unless so many others were committed while it ran that they fill these blocks.
    /// </summary>
    private const int StartTsCandidates = 32;

    /// <summary>Full blocks that may wait in memory while the disk takes none (128 KiB each).</summary>
    private const int MaxUnwritten = 256;

    private readonly BlockList _blocks;
    private IndexBlock _last;

    /// <param name="blocks">The full blocks.</param>
    /// <param name="end">Number of the last block, which is not full.</param>
    /// <param name="unfinished">Its entries.</param>
    public CommittedIndex(BlockList blocks, long end, ReadOnlySpan<PackedTransaction> unfinished)
    {
        _blocks = blocks;
        var entries = new PackedTransaction[blocks.Layout.BlockEntries];
        unfinished.CopyTo(entries);
        _last = new IndexBlock(end, entries, unfinished.Length);
    }

    /// <summary>Everything at or below this commit TS may have been removed.</summary>
    public ulong RemovedUpTo => _blocks.RemovedUpTo;

    /// <summary>Number of transactions.</summary>
    public long Count => ((long)_blocks.Count * _blocks.Layout.BlockEntries) + Volatile.Read(ref _last).Count;

    /// <summary>Bytes of the full blocks.</summary>
    public long Bytes => (long)_blocks.Count * (_blocks.Layout.BlockBytes + BlockSummary.Size);

    /// <summary>The block that is not full yet. Writer only.</summary>
    public IndexBlock Unfinished => _last;

    /// <summary>Appends a transaction above all that are there. Writer only.</summary>
    /// <exception cref="IOException">The disk has taken no block for long.</exception>
    public void Append(in CommittedTransaction transaction)
    {
        IndexBlock last = _last;
        last.Add(new PackedTransaction(transaction));
        if (!last.IsFull)
        {
            return;
        }

        var next = new IndexBlock(last.Number + 1, new PackedTransaction[_blocks.Layout.BlockEntries], 0);
        _blocks.Add(last, publish: () => Volatile.Write(ref _last, next));
        if (_blocks.TryWrite() is { } failure && _blocks.UnwrittenCount > MaxUnwritten)
        {
            throw new IOException($"The Pump's index can't be written: {failure.Message}", failure);
        }
    }

    /// <summary>Brings every full block to stable storage. Writer only.</summary>
    /// <exception cref="IOException">The disk doesn't take them now; they stay in memory.</exception>
    public void Flush()
    {
        if (_blocks.TryWrite() is { } failure)
        {
            throw new IOException($"The Pump's index can't be written: {failure.Message}", failure);
        }

        _blocks.Flush();
    }

    /// <summary>Walks the transactions above a commit TS.</summary>
    public IndexCursor OpenCursor(ulong afterCommitTs) => new(this, afterCommitTs);

    /// <summary>The block that holds the first transaction above <paramref name="commitTs"/>; the last block when there is none.</summary>
    /// <exception cref="IndexDamagedException">The block is damaged.</exception>
    /// <exception cref="CommitTsRemovedException">The block is removed meanwhile.</exception>
    public IndexBlock FindBlockAbove(ulong commitTs)
    {
        // The last block is taken first: should it become full meanwhile, it is found among the full ones.
        IndexBlock last = Volatile.Read(ref _last);
        return _blocks.FindAbove(commitTs) ?? last;
    }

    /// <summary>A block by its number; null when there is none yet, or when it was removed.</summary>
    /// <exception cref="IndexDamagedException">The block is damaged.</exception>
    public IndexBlock? Find(long number)
    {
        IndexBlock last = Volatile.Read(ref _last);
        return number == last.Number ? last : _blocks.Find(number);
    }

    /// <inheritdoc />
    public bool Contains(ulong commitTs, ulong startTs) => TryFind(commitTs, out PackedTransaction found) && found.StartTs == startTs;

    /// <summary>Looks for a transaction by its commit TS. One that is removed meanwhile is not there.</summary>
    public bool TryFind(ulong commitTs, out PackedTransaction transaction)
    {
        transaction = default;
        if (commitTs == 0)
        {
            return false;
        }

        IndexBlock block;
        try
        {
            block = FindBlockAbove(commitTs - 1);
        }
        catch (CommitTsRemovedException)
        {
            return false;
        }

        int place = block.FindFirstAbove(commitTs - 1);
        transaction = place < block.Count ? block[place] : default;
        return transaction.CommitTs == commitTs;
    }

    /// <summary>Looks for a transaction by its start TS: in the last block, and in the first of those that may have it.</summary>
    public bool TryFindStartTs(ulong startTs, int candidates, out PackedTransaction transaction)
    {
        IndexBlock last = Volatile.Read(ref _last);
        PackedTransaction found = default;
        bool isFound = last.TryFindStartTs(startTs, out found)
            || _blocks.FindCandidates(startTs, candidates).Any(block => block.TryFindStartTs(startTs, out found));
        transaction = found;
        return isFound;
    }

    /// <inheritdoc />
    public bool TryFindCommitTs(ulong startTs, out ulong commitTs)
    {
        bool isFound = TryFindStartTs(startTs, StartTsCandidates, out PackedTransaction transaction);
        commitTs = transaction.CommitTs;
        return isFound;
    }

    /// <summary>Tells a sorter what was emitted last. Before the first <see cref="Append"/>.</summary>
    public void Recall(EmittedTransactions emitted)
    {
        int blocks = (emitted.Capacity + _blocks.Layout.BlockEntries - 1) / _blocks.Layout.BlockEntries;
        long first = Math.Max(_last.Number - blocks, _last.Number - _blocks.Count);
        emitted.Forget(_blocks.MaxStartTsBefore(first));
        for (long number = first; number <= _last.Number; number++)
        {
            foreach (ref readonly PackedTransaction entry in Find(number)!.Entries)
            {
                emitted.Add(entry.StartTs, entry.CommitTs);
            }
        }
    }

    /// <summary>The smallest segment that a transaction above <paramref name="commitTs"/> refers to; <see cref="ulong.MaxValue"/> when there is none.</summary>
    public ulong SmallestSegmentAbove(ulong commitTs)
    {
        // Of the first block those at or below the commit TS don't count; of later ones the summary says enough.
        IndexBlock last = Volatile.Read(ref _last);
        IndexBlock first = FindBlockAbove(commitTs);
        ulong smallest = Math.Min(SmallestSegmentOf(first, commitTs), _blocks.SmallestSegmentAfter(first.Number));
        return last.Number == first.Number ? smallest : Math.Min(smallest, SmallestSegmentOf(last, commitTs));
    }

    /// <summary>The greatest commit TS of a transaction that refers to a segment up to <paramref name="segment"/>; 0 when none does.</summary>
    public ulong FindLastCommitTsIn(ulong segment)
    {
        ulong commitTs = FindLastIn(Volatile.Read(ref _last), segment);
        return commitTs == 0 && _blocks.FindLastReferringTo(segment) is { } block ? FindLastIn(block, segment) : commitTs;
    }

    /// <summary>From now on, transactions up to a commit TS count as removed.</summary>
    public void AnnounceRemoval(ulong commitTs) => _blocks.AnnounceRemoval(commitTs);

    /// <summary>Forgets the full blocks at or below a commit TS, and deletes the files that hold no others. One thread at a time.</summary>
    /// <exception cref="IOException">A file couldn't be deleted; the next removal or start does it.</exception>
    public void RemoveUpTo(ulong commitTs) => _blocks.RemoveUpTo(commitTs, Volatile.Read(ref _last).Number);

    public void Dispose() => _blocks.Dispose();

    private static ulong SmallestSegmentOf(IndexBlock block, ulong aboveCommitTs)
    {
        ulong smallest = ulong.MaxValue;
        foreach (ref readonly PackedTransaction entry in block.Entries[block.FindFirstAbove(aboveCommitTs)..])
        {
            smallest = Math.Min(smallest, entry.SmallestSegment);
        }

        return smallest;
    }

    private static ulong FindLastIn(IndexBlock block, ulong segment)
    {
        ReadOnlySpan<PackedTransaction> entries = block.Entries;
        for (int place = entries.Length - 1; place >= 0; place--)
        {
            if (entries[place].SmallestSegment <= segment)
            {
                return entries[place].CommitTs;
            }
        }

        return 0;
    }
}
