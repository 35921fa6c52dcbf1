namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// The commit TS of the transactions that the order has not reached, and whose they are: two transactions can't share one. Those that wait
/// in memory are known one by one, of those put away the greatest. Written by the sorter; thread-safe.
/// </summary>
internal sealed class WaitingCommits
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ulong> _startTsByCommitTs = [];
    private ulong _greatestPutAway;

    /// <summary>A commit waits.</summary>
    public void Add(ulong commitTs, ulong startTs)
    {
        lock (_lock)
        {
            _startTsByCommitTs[commitTs] = startTs;
        }
    }

    /// <summary>A commit waits, unless another has its commit TS.</summary>
    public void TryAdd(ulong commitTs, ulong startTs)
    {
        lock (_lock)
        {
            _startTsByCommitTs.TryAdd(commitTs, startTs);
        }
    }

    /// <summary>A commit waits no longer; false when the commit TS was not its own.</summary>
    public bool Remove(ulong commitTs, ulong startTs)
    {
        lock (_lock)
        {
            return _startTsByCommitTs.TryGetValue(commitTs, out ulong known) && known == startTs && _startTsByCommitTs.Remove(commitTs);
        }
    }

    /// <summary>Transactions up to a commit TS are put away from memory; 0: none is any more.</summary>
    public void SetPutAway(ulong greatestCommitTs)
    {
        lock (_lock)
        {
            _greatestPutAway = greatestCommitTs == 0 ? 0 : Math.Max(_greatestPutAway, greatestCommitTs);
        }
    }

    /// <summary>Whose commit TS it is, of those in memory.</summary>
    public bool TryGet(ulong commitTs, out ulong startTs)
    {
        lock (_lock)
        {
            return _startTsByCommitTs.TryGetValue(commitTs, out startTs);
        }
    }

    /// <summary>Whether a transaction may wait at a commit TS; the sorter knows for certain.</summary>
    public bool MayHave(ulong commitTs)
    {
        lock (_lock)
        {
            return commitTs <= _greatestPutAway || _startTsByCommitTs.ContainsKey(commitTs);
        }
    }
}
