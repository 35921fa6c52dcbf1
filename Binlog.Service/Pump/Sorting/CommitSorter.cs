using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// Turns binlogs in arrival order into committed transactions in commit-TS order. Deterministic: no clock, and what it answers
/// depends only on what arrived. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>The max commit TS is the largest commit TS (or fake TS) such that every prewrite which arrived earlier is decided.
/// A transaction takes its commit TS after its prewrite is stored, so nothing at or below the max commit TS can come later,
/// and what is committed up to there is complete. Source: tidb-binlog pump/storage/sorter.go.</para>
/// <para>Unlike the original, a commit whose prewrite has not arrived holds the order right below its commit TS until it does, instead
/// of being lost; and repeated binlogs of a decided transaction are recognised.</para>
/// <para>Memory: the undecided prewrites, a bounded number of outcomes and of committed transactions that wait, and a bounded
/// number of rollbacks.</para>
/// </remarks>
internal sealed partial class CommitSorter
{
    private readonly ArrivalOrder _order = new();
    private readonly EarlyCommits _early;
    private readonly PendingTransactions _pending;
    private readonly EmittedTransactions _emitted;
    private readonly RolledBackTransactions _rolledBack;

    public CommitSorter(IEmittedTransactions emitted, IPendingRuns runs, RolledBackTransactions rolledBack, SorterLimits limits)
    {
        _emitted = new EmittedTransactions(emitted, limits.Emitted);
        _early = new EarlyCommits(Waiting);
        _pending = new PendingTransactions(runs, Waiting, limits.Pending);
        _rolledBack = rolledBack;
    }

    /// <summary>See the remarks of the type. 0 before anything was committed.</summary>
    public ulong MaxCommitTs { get; private set; }

    /// <summary>The greatest commit TS that has arrived, decided or not.</summary>
    public ulong MaxSeenTs { get; private set; }

    /// <summary>Binlogs of transactions committed up to here may be gone, so a commit up to here without its prewrite holds nothing up.</summary>
    public ulong RemovedUpTo { get; private set; }

    /// <summary>The commit TS of committed transactions that the order has not reached. Thread-safe, unlike the sorter.</summary>
    public WaitingCommits Waiting { get; } = new();

    /// <summary>The undecided prewrites.</summary>
    public ArrivalOrder Order => _order;

    /// <summary>Committed transactions that the order has not reached.</summary>
    public PendingTransactions Pending => _pending;

    /// <summary>The commits without prewrite.</summary>
    public EarlyCommits EarlyCommits => _early;

    /// <summary>What was emitted lately.</summary>
    public EmittedTransactions Emitted => _emitted;

    /// <summary>Number of prewrites whose outcome is not known yet.</summary>
    public int UndecidedCount => _order.Count;

    /// <summary>What the order waits for, or null: a prewrite without an outcome, or a commit without its prewrite.</summary>
    public Arrival? Blocker =>
        _early.Limit < _order.PassedCommitTs ? _early.First
        : _order.TryGetFirst(out UndecidedPrewrite first) ? new Arrival(PumpRecordKind.Prewrite, first.StartTs, 0, first.Position)
        : _early.First;

    /// <summary>Takes the next binlog in arrival order. When what was emitted can't be looked up, nothing has changed, and it can be added again.</summary>
    /// <returns>What was irregular about it, for the log and the status; null when nothing was.</returns>
    public string? Add(in Arrival arrival)
    {
        string? irregularity = arrival.Kind switch
        {
            PumpRecordKind.Prewrite => AddPrewrite(arrival),
            PumpRecordKind.Commit => AddCommit(arrival),
            PumpRecordKind.Rollback => AddRollback(arrival),
            _ => null,
        };
        if (arrival.Kind == PumpRecordKind.Fake)
        {
            _order.AddCommitTs(arrival.CommitTs);
        }

        MaxSeenTs = Math.Max(MaxSeenTs, arrival.CommitTs);
        return irregularity;
    }

    /// <summary>Moves the max commit TS as far as it can go, and appends what is committed up to there, in commit-TS order.</summary>
    /// <param name="output">Gets the transactions.</param>
    /// <param name="most">How many to append at most.</param>
    /// <returns>Whether there is more: then it is to be called again before the next binlog.</returns>
    public bool Advance(List<CommittedTransaction> output, int most = int.MaxValue)
    {
        ulong max = Math.Max(MaxCommitTs, Math.Min(_order.PassedCommitTs, _early.Limit));
        int count = 0;
        while (count < most && _pending.TryTake(max, out CommittedTransaction next))
        {
            // Each is above the one before: Add takes none that isn't above the max commit TS, or whose commit TS another has.
            count++;
            MaxCommitTs = next.CommitTs;
            _emitted.Add(next.StartTs, next.CommitTs);
            output.Add(next);
        }

        if (count == most && _pending.HasUpTo(max))
        {
            return true;
        }

        MaxCommitTs = max;
        return false;
    }

    /// <summary>The outcome of a decided transaction, as far as it is remembered: its commit TS, or 0 for a rollback.</summary>
    public bool TryGetOutcome(ulong startTs, out ulong commitTs)
    {
        if (_early.TryGet(startTs, out Arrival commit))
        {
            commitTs = commit.CommitTs;
            return true;
        }

        return _pending.TryGetCommitTs(startTs, out commitTs) || _rolledBack.Contains(startTs) || _emitted.TryGet(startTs, out commitTs);
    }

    /// <summary>Whose commit TS it is, of the committed transactions that the order has not reached, and of those without prewrite.</summary>
    public bool TryFindWaiting(ulong commitTs, out ulong startTs) => _pending.TryGetStartTs(commitTs, out startTs);

    private string? AddPrewrite(in Arrival prewrite)
    {
        if (_early.TryGet(prewrite.StartTs, out Arrival commit))
        {
            string? obstacle = FindObstacle(commit);
            _early.TryRemove(prewrite.StartTs, out _);
            if (obstacle is not null)
            {
                _order.TryAddPrewrite(prewrite.StartTs, prewrite.Position);
                return DescribeNotTaken(commit, obstacle);
            }

            AddPending(commit, prewrite.Position);
        }
        else if (!TryGetOutcome(prewrite.StartTs, out _))
        {
            _order.TryAddPrewrite(prewrite.StartTs, prewrite.Position);
        }

        return null;
    }

    private string? AddCommit(in Arrival commit)
    {
        if (_order.TryGet(commit.StartTs, out UndecidedPrewrite prewrite))
        {
            return Decide(commit, prewrite.Position);
        }

        if (TryGetOutcome(commit.StartTs, out ulong commitTs))
        {
            return commitTs == commit.CommitTs ? null : DescribeConflict(commit.StartTs, $"committed at {commit.CommitTs}", commitTs);
        }

        if (commit.CommitTs <= RemovedUpTo || (commit.CommitTs <= MaxCommitTs && _emitted.Contains(commit.CommitTs, commit.StartTs)))
        {
            return null;
        }

        // Also where it can't be served any more: it was acknowledged, so it takes a person to give it up.
        string? obstacle = FindObstacle(commit);
        _early.Add(commit, hasCommitTs: obstacle is null);
        _order.AddCommitTs(commit.CommitTs);
        return $"The commit of start TS {commit.StartTs} at {commit.CommitTs} came without its prewrite"
            + (obstacle is null ? "; later commits wait until the prewrite arrives." : $", and {obstacle}; later commits wait until somebody gives it up (binlogd transactions).");
    }

    private string? Decide(in Arrival commit, LogPosition prewrite)
    {
        if (commit.CommitTs <= MaxCommitTs)
        {
            if (_emitted.Contains(commit.CommitTs, commit.StartTs))
            {
                _order.TryRemove(commit.StartTs, out _);
                return null;
            }

            if (commit.CommitTs <= RemovedUpTo)
            {
                _order.TryRemove(commit.StartTs, out _);
                return $"The commit of start TS {commit.StartTs} at {commit.CommitTs} lies where binlogs have been removed (up to {RemovedUpTo}); it is taken for a repetition of one of them.";
            }
        }

        if (FindObstacle(commit) is { } obstacle)
        {
            return DescribeNotTaken(commit, obstacle);
        }

        _order.TryRemove(commit.StartTs, out _);
        AddPending(commit, prewrite);
        _order.AddCommitTs(commit.CommitTs);
        return null;
    }

    /// <summary>Why a commit can't be taken at its commit TS; null when it can.</summary>
    private string? FindObstacle(in Arrival commit) =>
        commit.CommitTs <= MaxCommitTs ? $"this Pump has already announced that everything up to {MaxCommitTs} is complete"
        : _pending.TryGetStartTs(commit.CommitTs, out ulong other) && other != commit.StartTs ? $"the transaction of start TS {other} has that commit TS"
        : null;

    /// <summary>The transaction stays undecided, so that somebody who knows can decide it.</summary>
    private static string DescribeNotTaken(in Arrival commit, string obstacle) =>
        $"The commit of start TS {commit.StartTs} at {commit.CommitTs} is not taken, because {obstacle}; timestamps that are not of the cluster's TSO, a mistaken decision, or a prewrite that came after its commit do that. "
            + "The transaction stays undecided: find out how it ended and decide it (binlogd transactions).";

    private string? AddRollback(in Arrival rollback)
    {
        // Only a decision by hand names the commit TS: it gives up a commit whose prewrite doesn't come.
        if (rollback.CommitTs > 0 && _early.TryGet(rollback.StartTs, out Arrival givenUp) && givenUp.CommitTs == rollback.CommitTs)
        {
            _early.TryRemove(rollback.StartTs, out _);
        }
        else if (!_order.TryRemove(rollback.StartTs, out _) && TryGetOutcome(rollback.StartTs, out ulong commitTs))
        {
            return commitTs == 0 ? null : DescribeConflict(rollback.StartTs, "rolled back", commitTs);
        }

        _rolledBack.Add(rollback.StartTs);
        return null;
    }

    private void AddPending(in Arrival commit, LogPosition prewrite) =>
        _pending.Add(new CommittedTransaction(commit.CommitTs, commit.StartTs, prewrite, commit.Position));

    private static string DescribeConflict(ulong startTs, string outcome, ulong firstCommitTs) =>
        $"The transaction of start TS {startTs} is {outcome}, but was {(firstCommitTs == 0 ? "rolled back" : $"committed at {firstCommitTs}")} before; the first outcome stays.";
}
