using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>Walks the committed transactions of a Pump in commit-TS order. Not thread-safe; a puller has its own.</summary>
internal sealed class IndexCursor
{
    private readonly CommittedIndex _index;
    private long _next;

    internal IndexCursor(CommittedIndex index, ulong afterCommitTs)
    {
        _index = index;
        _next = index.FindFirstAbove(afterCommitTs);
    }

    /// <summary>The next transaction at or below <paramref name="maxCommitTs"/>, without going past it; false when there is none now.</summary>
    public bool TryPeek(ulong maxCommitTs, out CommittedTransaction transaction)
    {
        if (_next >= _index.Count || _index[_next].CommitTs > maxCommitTs)
        {
            transaction = default;
            return false;
        }

        transaction = _index[_next].Unpack();
        return true;
    }

    /// <summary>Goes past the transaction that <see cref="TryPeek"/> found.</summary>
    public void Advance() => _next++;
}
