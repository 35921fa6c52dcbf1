namespace Binlog.Service.Pump.Sorting;

/// <summary>Everything that a sorter must remember between two binlogs, besides what it has emitted.</summary>
internal sealed record SorterState
{
    public ulong MaxCommitTs { get; init; }

    public ulong MaxSeenTs { get; init; }

    /// <summary>See <see cref="CommitSorter.RemovedUpTo"/>.</summary>
    public ulong RemovedUpTo { get; init; }

    /// <summary>See <see cref="ArrivalOrder.PassedCommitTs"/>.</summary>
    public ulong PassedCommitTs { get; init; }

    /// <summary>The undecided prewrites in order of arrival.</summary>
    public IReadOnlyList<UndecidedPrewrite> Undecided { get; init; } = [];

    /// <summary>The commits without prewrite.</summary>
    public IReadOnlyList<Arrival> EarlyCommits { get; init; } = [];

    /// <summary>Committed transactions that the order has not reached.</summary>
    public IReadOnlyList<CommittedTransaction> Pending { get; init; } = [];

    /// <summary>The start TS of the transactions that were rolled back, the oldest first.</summary>
    public IReadOnlyList<ulong> RolledBack { get; init; } = [];
}
