using System.Diagnostics.CodeAnalysis;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>The full blocks of the index: a summary of each in memory, their entries on disk and, of those used last, in memory. One writer, any readers.</summary>
/// <param name="files">Where the blocks are.</param>
/// <param name="cachedBlocks">How many stay in memory.</param>
/// <param name="summaries">Those of the blocks that are there; the list is taken over.</param>
internal sealed class BlockList(IndexFiles files, int cachedBlocks, List<BlockSummary> summaries) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BlockCache _cache = new(cachedBlocks);
    private readonly Queue<IndexBlock> _unwritten = new();
    private ulong _lastCommitTs = summaries.Count > 0 ? summaries[^1].LastCommitTs : 0;
    private ulong _removedUpTo;

    /// <summary>Called when a block turns out to be damaged.</summary>
    public Action<IndexDamagedException>? OnDamage { get; set; }

    /// <summary>Everything at or below this commit TS may have been removed.</summary>
    public ulong RemovedUpTo => Volatile.Read(ref _removedUpTo);

    public IndexLayout Layout => files.Layout;

    /// <summary>Number of blocks.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return summaries.Count;
            }
        }
    }

    /// <summary>Number of blocks that wait in memory because the disk took none. Writer only.</summary>
    public int UnwrittenCount => _unwritten.Count;

    /// <summary>Adds a block that has become full, and calls <paramref name="publish"/> when readers find it. Writer only.</summary>
    public void Add(IndexBlock block, Action publish)
    {
        BlockSummary summary = files.Summarise(block, _lastCommitTs);
        _lastCommitTs = summary.LastCommitTs;
        _cache.Add(block);
        lock (_gate)
        {
            summaries.Add(summary);
            _unwritten.Enqueue(block);
            publish();
        }
    }

    /// <summary>Writes the blocks that are not written yet. Writer only.</summary>
    /// <returns>Null, or why the disk doesn't take them now.</returns>
    public Exception? TryWrite()
    {
        try
        {
            while (_unwritten.TryPeek(out IndexBlock? block))
            {
                if (TryGetSummary(block.Number, out BlockSummary summary))
                {
                    files.Write(block, summary);
                }

                lock (_gate)
                {
                    _unwritten.Dequeue();
                }
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            files.Dispose();
            return exception;
        }
    }

    /// <summary>Returns when every written block is on stable storage. Writer only.</summary>
    public void Flush() => files.Flush();

    /// <summary>The first block that holds a transaction above <paramref name="commitTs"/>, or null.</summary>
    /// <exception cref="CommitTsRemovedException">It is removed meanwhile.</exception>
    public IndexBlock? FindAbove(ulong commitTs)
    {
        BlockSummary summary;
        lock (_gate)
        {
            int place = PlaceAbove(commitTs);
            if (place == summaries.Count)
            {
                return null;
            }

            summary = summaries[place];
        }

        return Load(summary);
    }

    /// <summary>A block by its number; null when there is none, or it was removed.</summary>
    public IndexBlock? Find(long number) => TryGetSummary(number, out BlockSummary summary) ? Load(summary) : null;

    /// <summary>
    /// The first blocks that may hold a transaction of a start TS: most transactions commit soon after they began. The oldest first; without
    /// those that are removed meanwhile.
    /// </summary>
    public IEnumerable<IndexBlock> FindCandidates(ulong startTs, int most)
    {
        var candidates = new List<BlockSummary>();
        lock (_gate)
        {
            // A transaction commits after it began, so blocks that end before it began can't have it.
            for (int place = PlaceAbove(startTs); place < summaries.Count && candidates.Count < most; place++)
            {
                if (summaries[place].MinStartTs <= startTs && startTs <= summaries[place].MaxStartTs)
                {
                    candidates.Add(summaries[place]);
                }
            }
        }

        return candidates.Select(summary => LoadUnlessRemoved(summary)).OfType<IndexBlock>();
    }

    /// <summary>The last block that refers to a segment up to <paramref name="segment"/>, or null.</summary>
    public IndexBlock? FindLastReferringTo(ulong segment)
    {
        BlockSummary summary;
        lock (_gate)
        {
            int place = summaries.FindLastIndex(candidate => candidate.SmallestSegment <= segment);
            if (place < 0)
            {
                return null;
            }

            summary = summaries[place];
        }

        return Load(summary);
    }

    /// <summary>The smallest segment that blocks after a certain one refer to; <see cref="ulong.MaxValue"/> when there is none.</summary>
    public ulong SmallestSegmentAfter(long block) => Aggregate(summary => summary.Number > block, ulong.MaxValue, (smallest, summary) => Math.Min(smallest, summary.SmallestSegment));

    /// <summary>The greatest start TS in blocks before a certain one; 0 when there is none.</summary>
    public ulong MaxStartTsBefore(long block) => Aggregate(summary => summary.Number < block, 0ul, (greatest, summary) => Math.Max(greatest, summary.MaxStartTs));

    /// <summary>From now on, transactions up to a commit TS count as removed.</summary>
    public void AnnounceRemoval(ulong commitTs) => Volatile.Write(ref _removedUpTo, Math.Max(_removedUpTo, commitTs));

    /// <summary>Forgets the blocks at or below a commit TS, and deletes the files that hold no others. One thread at a time.</summary>
    /// <param name="commitTs">The limit.</param>
    /// <param name="end">Number of the first block that is not full.</param>
    public void RemoveUpTo(ulong commitTs, long end)
    {
        AnnounceRemoval(commitTs);
        long first;
        lock (_gate)
        {
            int removed = PlaceAbove(commitTs);
            if (_unwritten.TryPeek(out IndexBlock? unwritten))
            {
                removed = (int)Math.Min(removed, unwritten.Number - summaries[0].Number);
            }

            summaries.RemoveRange(0, removed);
            first = summaries.Count > 0 ? summaries[0].Number : end;
        }

        files.DeleteBelow(first, end);
    }

    public void Dispose() => files.Dispose();

    private T Aggregate<T>(Func<BlockSummary, bool> isMeant, T seed, Func<T, BlockSummary, T> add)
    {
        lock (_gate)
        {
            return summaries.Where(isMeant).Aggregate(seed, add);
        }
    }

    private bool TryGetSummary(long number, out BlockSummary summary)
    {
        lock (_gate)
        {
            long place = summaries.Count == 0 ? -1 : number - summaries[0].Number;
            bool isThere = place >= 0 && place < summaries.Count;
            summary = isThere ? summaries[(int)place] : default;
            return isThere;
        }
    }

    /// <summary>The place of the first summary of a block with a transaction above <paramref name="commitTs"/>. Under the lock.</summary>
    private int PlaceAbove(ulong commitTs)
    {
        int low = 0;
        int high = summaries.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = summaries[middle].LastCommitTs <= commitTs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private IndexBlock? LoadUnlessRemoved(BlockSummary summary)
    {
        try
        {
            return Load(summary);
        }
        catch (CommitTsRemovedException)
        {
            return null;
        }
    }

    private IndexBlock Load(BlockSummary summary)
    {
        if (_cache.TryGet(summary.Number, out IndexBlock? block) || TryGetUnwritten(summary.Number, out block))
        {
            return block;
        }

        try
        {
            block = files.ReadBlock(summary);
        }
        catch (IndexDamagedException) when (RemovedUpTo >= summary.LastCommitTs)
        {
            throw new CommitTsRemovedException(summary.FirstCommitTs - 1, RemovedUpTo);
        }
        catch (IndexDamagedException damage)
        {
            OnDamage?.Invoke(damage);
            throw;
        }

        _cache.Add(block);
        return block;
    }

    private bool TryGetUnwritten(long number, [NotNullWhen(true)] out IndexBlock? block)
    {
        lock (_gate)
        {
            block = _unwritten.FirstOrDefault(candidate => candidate.Number == number);
            return block is not null;
        }
    }
}
