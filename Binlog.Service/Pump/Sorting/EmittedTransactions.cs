namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// The outcomes of what was emitted, by start TS: the newest are remembered here, for the others the index is asked.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// A transaction that began after all forgotten ones is not asked about, so a fresh prewrite costs a lookup in memory and no more.
/// </remarks>
internal sealed class EmittedTransactions(IEmittedTransactions index, int capacity)
{
    private readonly Dictionary<ulong, ulong> _commitTsByStartTs = new(capacity + 1);
    private readonly Queue<ulong> _age = new(capacity + 1);
    private ulong _greatestForgottenStartTs;

    /// <summary>How many are remembered, at most.</summary>
    public int Capacity => capacity;

    public void Add(ulong startTs, ulong commitTs)
    {
        _commitTsByStartTs[startTs] = commitTs;
        _age.Enqueue(startTs);
        if (_age.Count > capacity)
        {
            ulong forgotten = _age.Dequeue();
            _commitTsByStartTs.Remove(forgotten);
            _greatestForgottenStartTs = Math.Max(_greatestForgottenStartTs, forgotten);
        }
    }

    /// <summary>Says that there are older ones up to a start TS; before the first <see cref="Add"/>.</summary>
    public void Forget(ulong greatestStartTs) => _greatestForgottenStartTs = greatestStartTs;

    public bool TryGet(ulong startTs, out ulong commitTs) =>
        _commitTsByStartTs.TryGetValue(startTs, out commitTs)
        || (startTs <= _greatestForgottenStartTs && index.TryFindCommitTs(startTs, out commitTs));

    public bool Contains(ulong commitTs, ulong startTs) =>
        (_commitTsByStartTs.TryGetValue(startTs, out ulong known) && known == commitTs) || index.Contains(commitTs, startTs);
}
