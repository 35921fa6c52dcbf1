namespace Binlog.Service.Pump.Sorting;

/// <summary>Where committed transactions wait that memory has no room for: sorted runs, taken out again in commit-TS order. Not thread-safe.</summary>
internal interface IPendingRuns
{
    /// <summary>Number of transactions that wait here.</summary>
    long Count { get; }

    /// <summary>The smallest segment that a transaction in here refers to; <see cref="ulong.MaxValue"/> when there is none.</summary>
    ulong SmallestSegment { get; }

    /// <summary>Puts a run away; false when that isn't possible now, and then nothing has changed.</summary>
    /// <param name="sorted">At least one, by commit TS.</param>
    bool TryAdd(IReadOnlyList<CommittedTransaction> sorted);

    /// <summary>The smallest commit TS in here; false when nothing is.</summary>
    bool TryPeek(out ulong commitTs);

    /// <summary>Takes the transaction with the smallest commit TS.</summary>
    CommittedTransaction Take();

    /// <summary>Looks for a transaction by its commit TS; those already taken may be found too.</summary>
    bool TryFindStartTs(ulong commitTs, out ulong startTs);

    /// <summary>Looks for a transaction by its start TS; those already taken may be found too.</summary>
    bool TryFindCommitTs(ulong startTs, out ulong commitTs);
}
