namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// The outcomes of the newest decided transactions by start TS, so that a repeated prewrite or commit is known for what it
/// is. Bounded: the oldest outcome is forgotten for a new one. Not thread-safe.
/// </summary>
internal sealed class DecidedTransactions(int capacity)
{
    /// <summary>The outcome of a transaction that was rolled back, in place of its commit TS.</summary>
    public const ulong RolledBack = 0;

    private readonly Dictionary<ulong, ulong> _commitTsByStartTs = [];
    private readonly Queue<ulong> _age = new();

    public void Add(ulong startTs, ulong commitTs)
    {
        if (_commitTsByStartTs.TryAdd(startTs, commitTs))
        {
            _age.Enqueue(startTs);
            if (_age.Count > capacity)
            {
                _commitTsByStartTs.Remove(_age.Dequeue());
            }
        }
    }

    public bool TryGet(ulong startTs, out ulong commitTs) => _commitTsByStartTs.TryGetValue(startTs, out commitTs);
}
