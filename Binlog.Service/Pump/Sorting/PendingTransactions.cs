namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// Committed transactions that the order has not reached. A bounded number is in memory; beyond it they are put away in sorted
/// runs, and come back by a merge. Not thread-safe.
/// </summary>
internal sealed class PendingTransactions
{
    private readonly IPendingRuns _runs;
    private readonly WaitingCommits _waiting;
    private readonly int _capacity;
    private readonly Dictionary<ulong, ulong> _commitTsByStartTs = [];
    private readonly PriorityQueue<CommittedTransaction, ulong> _byCommitTs = new();
    private int _putAwayAt;

    /// <param name="runs">Takes what memory has no room for.</param>
    /// <param name="waiting">Is told about all of them.</param>
    /// <param name="capacity">How many are kept in memory, unless the runs refuse them.</param>
    public PendingTransactions(IPendingRuns runs, WaitingCommits waiting, int capacity)
    {
        _runs = runs;
        _waiting = waiting;
        _capacity = capacity;
        _putAwayAt = capacity;
    }

    /// <summary>Number of transactions, in memory and put away.</summary>
    public long Count => _byCommitTs.Count + _runs.Count;

    /// <summary>Whether some are not in memory.</summary>
    public bool ArePutAway => _runs.Count > 0;

    /// <summary>Those in memory, in no particular order.</summary>
    public IEnumerable<CommittedTransaction> InMemory => _byCommitTs.UnorderedItems.Select(item => item.Element);

    /// <summary>The smallest segment that any of them refers to; <see cref="ulong.MaxValue"/> when there is none.</summary>
    public ulong SmallestSegment
    {
        get
        {
            ulong smallest = _runs.SmallestSegment;
            foreach ((CommittedTransaction transaction, _) in _byCommitTs.UnorderedItems)
            {
                smallest = Math.Min(smallest, Math.Min(transaction.Prewrite.Segment, transaction.Commit.Segment));
            }

            return smallest;
        }
    }

    public void Add(in CommittedTransaction transaction)
    {
        _commitTsByStartTs.TryAdd(transaction.StartTs, transaction.CommitTs);
        _byCommitTs.Enqueue(transaction, transaction.CommitTs);
        _waiting.Add(transaction.CommitTs, transaction.StartTs);
        if (_byCommitTs.Count >= _putAwayAt)
        {
            PutAway();
        }
    }

    public bool TryGetCommitTs(ulong startTs, out ulong commitTs) =>
        _commitTsByStartTs.TryGetValue(startTs, out commitTs) || (_runs.Count > 0 && _runs.TryFindCommitTs(startTs, out commitTs));

    /// <summary>Looks for the one with a commit TS; of those put away, one already taken may be found too.</summary>
    public bool TryGetStartTs(ulong commitTs, out ulong startTs) =>
        _waiting.TryGet(commitTs, out startTs) || (_runs.Count > 0 && _runs.TryFindStartTs(commitTs, out startTs));

    /// <summary>Whether one is at or below <paramref name="maxCommitTs"/>.</summary>
    public bool HasUpTo(ulong maxCommitTs) =>
        (_byCommitTs.TryPeek(out _, out ulong inMemory) && inMemory <= maxCommitTs) || (_runs.TryPeek(out ulong putAway) && putAway <= maxCommitTs);

    /// <summary>Takes the one with the smallest commit TS, when that is at or below <paramref name="maxCommitTs"/>.</summary>
    public bool TryTake(ulong maxCommitTs, out CommittedTransaction transaction)
    {
        bool isInMemory = _byCommitTs.TryPeek(out transaction, out ulong commitTs);
        if (_runs.Count > 0 && _runs.TryPeek(out ulong putAway) && (!isInMemory || putAway < commitTs))
        {
            if (putAway > maxCommitTs)
            {
                return false;
            }

            transaction = _runs.Take();
            if (_runs.Count == 0)
            {
                _waiting.SetPutAway(0);
            }

            return true;
        }

        if (!isInMemory || commitTs > maxCommitTs)
        {
            return false;
        }

        _byCommitTs.Dequeue();
        _commitTsByStartTs.Remove(transaction.StartTs);
        _waiting.Remove(transaction.CommitTs, transaction.StartTs);
        return true;
    }

    private void PutAway()
    {
        CommittedTransaction[] sorted = [.. InMemory];
        Array.Sort(sorted, (left, right) => left.CommitTs.CompareTo(right.CommitTs));
        if (!_runs.TryAdd(sorted))
        {
            _putAwayAt += _capacity;
            return;
        }

        // In this order none is missed by those who ask meanwhile.
        _waiting.SetPutAway(sorted[^1].CommitTs);
        foreach (CommittedTransaction transaction in sorted)
        {
            _waiting.Remove(transaction.CommitTs, transaction.StartTs);
        }

        _putAwayAt = _capacity;
        _byCommitTs.Clear();
        _commitTsByStartTs.Clear();
    }
}
