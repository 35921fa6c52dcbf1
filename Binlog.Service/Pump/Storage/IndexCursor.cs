using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Indexing;

namespace Binlog.Service.Pump.Storage;

/// <summary>Walks the committed transactions of a Pump in commit-TS order, block by block. Not thread-safe; a puller has its own.</summary>
internal sealed class IndexCursor
{
    private readonly CommittedIndex _index;
    private readonly ulong _after;
    private IndexBlock _block;
    private int _place;

    internal IndexCursor(CommittedIndex index, ulong afterCommitTs)
    {
        _index = index;
        _after = afterCommitTs;
        _block = index.FindBlockAbove(afterCommitTs);
        _place = _block.FindFirstAbove(afterCommitTs);
    }

    /// <summary>The next transaction at or below <paramref name="maxCommitTs"/>, without going past it; false when there is none now.</summary>
    /// <exception cref="CommitTsRemovedException">Retention has overtaken the cursor.</exception>
    /// <exception cref="IndexDamagedException">The index is damaged, and the Pump ends.</exception>
    /// <exception cref="IndexReadException">The operating system failed to read; the call may be repeated.</exception>
    public bool TryPeek(ulong maxCommitTs, out CommittedTransaction transaction)
    {
        transaction = default;
        if (_place >= _block.Count && !TryGoOn())
        {
            return false;
        }

        ref readonly PackedTransaction next = ref _block[_place];
        if (next.CommitTs <= _index.RemovedUpTo)
        {
            throw new CommitTsRemovedException(LastCommitTs, _index.RemovedUpTo);
        }

        if (next.CommitTs > maxCommitTs)
        {
            return false;
        }

        transaction = next.Unpack();
        return true;
    }

    /// <summary>Goes past the transaction that <see cref="TryPeek"/> found.</summary>
    public void Advance() => _place++;

    private ulong LastCommitTs => _place > 0 ? Math.Max(_after, _block[_place - 1].CommitTs) : _after;

    /// <summary>Moves to the next block; false when the present one isn't full, or is the last.</summary>
    private bool TryGoOn()
    {
        if (!_block.IsFull)
        {
            return false;
        }

        if (_place < _block.Count)
        {
            // It became full just now.
            return true;
        }

        IndexBlock? next = _index.Find(_block.Number + 1);
        if (next is null)
        {
            return _index.RemovedUpTo <= LastCommitTs ? false : throw new CommitTsRemovedException(LastCommitTs, _index.RemovedUpTo);
        }

        (_block, _place) = (next, 0);
        return _block.Count > 0;
    }
}
