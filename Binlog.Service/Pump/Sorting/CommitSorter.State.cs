namespace Binlog.Service.Pump.Sorting;

internal sealed partial class CommitSorter
{
    /// <summary>
    /// Takes the snapshot that stands in the log before a removal. Where everything is still there it changes nothing; where the
    /// beginning of the log is gone it decides what was decided there.
    /// </summary>
    /// <returns>What was irregular, as of a binlog.</returns>
    public string? Add(OrderSnapshot snapshot)
    {
        Arrival[] givenUp = [.. _early.InOrder().TakeWhile(commit => commit.CommitTs <= snapshot.Limit)];
        AssumeRemoved(snapshot.Limit);
        MaxSeenTs = Math.Max(MaxSeenTs, snapshot.MaxCommitTs);
        HashSet<ulong> undecided = [.. snapshot.Undecided];
        foreach (UndecidedPrewrite prewrite in _order.InOrder().Where(prewrite => prewrite.Position < snapshot.UpTo && !undecided.Contains(prewrite.StartTs)).ToArray())
        {
            _order.TryRemove(prewrite.StartTs, out _);
        }

        _order.Pass(snapshot.MaxCommitTs);
        return givenUp.Length == 0 ? null
            : $"Old binlogs up to commit TS {snapshot.Limit} were removed while these commits had no prewrite, which are given up: {string.Join(", ", givenUp.Select(commit => $"start TS {commit.StartTs} at {commit.CommitTs}"))}.";
    }

    /// <summary>Says that binlogs of transactions committed up to a commit TS may be gone.</summary>
    public void AssumeRemoved(ulong commitTs)
    {
        RemovedUpTo = Math.Max(RemovedUpTo, commitTs);
        _early.RemoveUpTo(RemovedUpTo);
    }

    /// <summary>What has to be remembered. Only while <see cref="Advance"/> has nothing more, and nothing is put away.</summary>
    public SorterState Save() => new()
    {
        MaxCommitTs = MaxCommitTs,
        MaxSeenTs = MaxSeenTs,
        RemovedUpTo = RemovedUpTo,
        PassedCommitTs = _order.PassedCommitTs,
        Undecided = [.. _order.InOrder()],
        EarlyCommits = [.. _early.InOrder()],
        Pending = [.. _pending.InMemory],
        RolledBack = _rolledBack.ToArray(),
    };

    /// <summary>Puts a new sorter into a saved state; what had been emitted lately is given to <see cref="Emitted"/> by the caller.</summary>
    public void Restore(SorterState state)
    {
        MaxCommitTs = state.MaxCommitTs;
        MaxSeenTs = state.MaxSeenTs;
        RemovedUpTo = state.RemovedUpTo;
        _order.Pass(state.PassedCommitTs);
        foreach (UndecidedPrewrite prewrite in state.Undecided)
        {
            _order.TryAddPrewrite(prewrite.StartTs, prewrite.Position, prewrite.CommitTsAfter);
        }

        foreach (Arrival commit in state.EarlyCommits.OrderBy(commit => commit.Position))
        {
            _early.Add(commit, hasCommitTs: commit.CommitTs > MaxCommitTs);
        }

        // Of one commit TS theirs is the right: a commit without prewrite at another's is one that came later.
        foreach (CommittedTransaction transaction in state.Pending)
        {
            _pending.Add(transaction);
        }

        foreach (ulong startTs in state.RolledBack)
        {
            _rolledBack.Add(startTs);
        }
    }
}
