using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// Turns binlogs in arrival order into committed transactions in commit-TS order. Pure and deterministic: no I/O, no clock.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// <para>The max commit TS is the largest commit TS (or fake TS) such that every prewrite which arrived earlier is decided.
/// A transaction takes its commit TS after its prewrite is stored, so nothing at or below the max commit TS can come later,
/// and what is committed up to there is complete. Source: tidb-binlog pump/storage/sorter.go.</para>
/// <para>Unlike the original, a commit whose prewrite has not arrived holds the order at its commit TS until it does, instead of
/// being lost; and repeated binlogs of a decided transaction are recognised.</para>
/// </remarks>
/// <param name="isEmitted">Whether exactly this transaction has been emitted before; asked only about one at or below the max commit TS.</param>
/// <param name="rememberedOutcomes">How many decided transactions are remembered, at least.</param>
internal sealed class CommitSorter(Func<CommittedTransaction, bool> isEmitted, int rememberedOutcomes = CommitSorter.DefaultRememberedOutcomes)
{
    private const int DefaultRememberedOutcomes = 1 << 18;

    private readonly Dictionary<ulong, LogPosition> _undecided = [];
    private readonly Dictionary<ulong, Arrival> _commitsWithoutPrewrite = [];
    private readonly DecidedTransactions _decided = new(rememberedOutcomes);
    private readonly Queue<Arrival> _arrivals = new();
    private readonly PriorityQueue<CommittedTransaction, ulong> _committed = new();
    private ulong _lastEmitted;

    /// <summary>See the remarks of the type. 0 before anything was committed.</summary>
    public ulong MaxCommitTs { get; private set; }

    /// <summary>The greatest commit TS that has arrived, decided or not.</summary>
    public ulong MaxSeenTs { get; private set; }

    /// <summary>Number of prewrites whose outcome is not known yet.</summary>
    public int UndecidedCount => _undecided.Count;

    /// <summary>What the order waits for, or null: a prewrite without an outcome, or a commit without its prewrite.</summary>
    public Arrival? Blocker =>
        !_arrivals.TryPeek(out Arrival head) ? null
        : IsUndecided(head) ? head
        : _commitsWithoutPrewrite.Count > 0 ? _commitsWithoutPrewrite.Values.MinBy(commit => commit.CommitTs)
        : null;

    /// <summary>Takes the next binlog in arrival order.</summary>
    /// <returns>What was irregular about it, for the log and the status; null when nothing was.</returns>
    public string? Add(in Arrival arrival)
    {
        MaxSeenTs = Math.Max(MaxSeenTs, arrival.CommitTs);
        return arrival.Kind switch
        {
            PumpRecordKind.Prewrite => AddPrewrite(arrival),
            PumpRecordKind.Commit => AddCommit(arrival),
            PumpRecordKind.Rollback => AddRollback(arrival),
            _ => Enqueue(arrival),
        };
    }

    /// <summary>Moves the max commit TS as far as it can go, and appends what is committed up to there, in commit-TS order.</summary>
    /// <exception cref="SortOrderException">A transaction was committed below a TS that has already been announced.</exception>
    public void Advance(List<CommittedTransaction> output)
    {
        ulong max = MaxCommitTs;
        while (_arrivals.TryPeek(out Arrival head) && !IsBlocked(head))
        {
            max = head.Kind is PumpRecordKind.Prewrite ? max : Math.Max(max, head.CommitTs);
            _arrivals.Dequeue();
        }

        while (_committed.TryPeek(out CommittedTransaction next, out ulong commitTs) && commitTs <= max)
        {
            _committed.Dequeue();
            _decided.Release(next.StartTs);
            if (commitTs > _lastEmitted)
            {
                _lastEmitted = commitTs;
                output.Add(next);
            }
            else if (!isEmitted(next))
            {
                throw new SortOrderException(next, _lastEmitted);
            }
        }

        _lastEmitted = MaxCommitTs = max;
    }

    private bool IsBlocked(in Arrival head) => IsUndecided(head) || (head.Kind != PumpRecordKind.Prewrite && IsAboveCommitWithoutPrewrite(head.CommitTs));

    private bool IsAboveCommitWithoutPrewrite(ulong commitTs) =>
        _commitsWithoutPrewrite.Count > 0 && _commitsWithoutPrewrite.Values.Any(commit => commit.CommitTs < commitTs);

    private bool IsUndecided(in Arrival head) => head.Kind switch
    {
        PumpRecordKind.Prewrite => _undecided.ContainsKey(head.StartTs),
        PumpRecordKind.Commit => _commitsWithoutPrewrite.ContainsKey(head.StartTs),
        _ => false,
    };

    private string? AddPrewrite(in Arrival prewrite)
    {
        if (_commitsWithoutPrewrite.Remove(prewrite.StartTs, out Arrival commit))
        {
            Decide(commit, prewrite.Position);
            return null;
        }

        bool isRepeated = _decided.TryGet(prewrite.StartTs, out _) || !_undecided.TryAdd(prewrite.StartTs, prewrite.Position);
        return isRepeated ? null : Enqueue(prewrite);
    }

    private string? AddCommit(in Arrival commit)
    {
        if (_undecided.Remove(commit.StartTs, out LogPosition prewrite))
        {
            Decide(commit, prewrite);
            return Enqueue(commit);
        }

        if (TryGetOutcome(commit.StartTs, out ulong commitTs))
        {
            return commitTs == commit.CommitTs ? null : DescribeConflict(commit.StartTs, $"committed at {commit.CommitTs}", commitTs);
        }

        if (commit.CommitTs <= MaxCommitTs && isEmitted(new CommittedTransaction(commit.CommitTs, commit.StartTs, default, commit.Position)))
        {
            return null;
        }

        _commitsWithoutPrewrite.Add(commit.StartTs, commit);
        Enqueue(commit);
        return $"The commit of start TS {commit.StartTs} at {commit.CommitTs} came without its prewrite; later commits wait until the prewrite arrives.";
    }

    private string? AddRollback(in Arrival rollback)
    {
        if (TryGetOutcome(rollback.StartTs, out ulong commitTs))
        {
            return commitTs == DecidedTransactions.RolledBack ? null : DescribeConflict(rollback.StartTs, "rolled back", commitTs);
        }

        _undecided.Remove(rollback.StartTs);
        _decided.Add(rollback.StartTs, DecidedTransactions.RolledBack);
        _decided.Release(rollback.StartTs);
        return null;
    }

    private bool TryGetOutcome(ulong startTs, out ulong commitTs)
    {
        if (_commitsWithoutPrewrite.TryGetValue(startTs, out Arrival commit))
        {
            commitTs = commit.CommitTs;
            return true;
        }

        return _decided.TryGet(startTs, out commitTs);
    }

    private static string DescribeConflict(ulong startTs, string outcome, ulong firstCommitTs) =>
        $"The transaction of start TS {startTs} is {outcome}, but was {(firstCommitTs == DecidedTransactions.RolledBack ? "rolled back" : $"committed at {firstCommitTs}")} before; the first outcome stays.";

    private void Decide(in Arrival commit, LogPosition prewrite)
    {
        _decided.Add(commit.StartTs, commit.CommitTs);
        _committed.Enqueue(new CommittedTransaction(commit.CommitTs, commit.StartTs, prewrite, commit.Position), commit.CommitTs);
    }

    private string? Enqueue(in Arrival arrival)
    {
        _arrivals.Enqueue(arrival);
        return null;
    }
}
