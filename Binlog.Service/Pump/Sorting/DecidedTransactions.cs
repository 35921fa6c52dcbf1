namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// The outcomes of the newest decided transactions by start TS, so that a repeated prewrite or commit is known for what it
/// is. Bounded: of those that were released, the oldest is forgotten for a new one. Not thread-safe.
/// </summary>
/// <remarks>A commit is released when it has been emitted: from then on the index of what was emitted knows it.</remarks>
internal sealed class DecidedTransactions(int capacity)
{
    /// <summary>The outcome of a transaction that was rolled back, in place of its commit TS.</summary>
    public const ulong RolledBack = 0;

    private readonly Dictionary<ulong, ulong> _commitTsByStartTs = [];
    private readonly Queue<ulong> _age = new();

    /// <summary>Remembers an outcome, unless there is one already.</summary>
    public void Add(ulong startTs, ulong commitTs) => _commitTsByStartTs.TryAdd(startTs, commitTs);

    /// <summary>From now on the outcome may be forgotten. Once for each that was added.</summary>
    public void Release(ulong startTs)
    {
        _age.Enqueue(startTs);
        if (_age.Count > capacity)
        {
            _commitTsByStartTs.Remove(_age.Dequeue());
        }
    }

    public bool TryGet(ulong startTs, out ulong commitTs) => _commitTsByStartTs.TryGetValue(startTs, out commitTs);
}
