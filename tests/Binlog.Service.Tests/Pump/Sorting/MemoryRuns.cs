using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Tests.Pump.Sorting;

/// <summary>Runs that are kept in memory.</summary>
internal sealed class MemoryRuns : IPendingRuns
{
    private readonly List<CommittedTransaction> _waiting = [];
    private readonly Dictionary<ulong, ulong> _commitTsByStartTs = [];

    /// <summary>Whether runs are refused, as by a full disk.</summary>
    public bool AreRefused { get; set; }

    /// <summary>Number of runs that were taken.</summary>
    public int Runs { get; private set; }

    public long Count => _waiting.Count;

    public ulong SmallestSegment => _waiting.Select(transaction => transaction.Prewrite.Segment).DefaultIfEmpty(ulong.MaxValue).Min();

    public bool TryAdd(IReadOnlyList<CommittedTransaction> sorted)
    {
        Assert.Equal(sorted.OrderBy(transaction => transaction.CommitTs), sorted);
        if (AreRefused)
        {
            return false;
        }

        Runs++;
        _waiting.AddRange(sorted);
        _waiting.Sort((left, right) => left.CommitTs.CompareTo(right.CommitTs));
        foreach (CommittedTransaction transaction in sorted)
        {
            _commitTsByStartTs[transaction.StartTs] = transaction.CommitTs;
        }

        return true;
    }

    public bool TryPeek(out ulong commitTs)
    {
        commitTs = _waiting.Count > 0 ? _waiting[0].CommitTs : 0;
        return _waiting.Count > 0;
    }

    public CommittedTransaction Take()
    {
        CommittedTransaction first = _waiting[0];
        _waiting.RemoveAt(0);
        return first;
    }

    public bool TryFindStartTs(ulong commitTs, out ulong startTs)
    {
        startTs = _waiting.Find(transaction => transaction.CommitTs == commitTs).StartTs;
        return startTs > 0;
    }

    public bool TryFindCommitTs(ulong startTs, out ulong commitTs) => _commitTsByStartTs.TryGetValue(startTs, out commitTs);
}
