using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>Answers questions about single transactions. Thread-safe; not for the hot path.</summary>
internal sealed class StoreInquiry(StoreParts store)
{
    /// <summary>The undecided transactions in order of arrival.</summary>
    public IReadOnlyList<UndecidedTransaction> ListUndecided(int limit) =>
        store.Sorting.Look(sorter => sorter.Order.InOrder().Take(limit).Select(prewrite => new UndecidedTransaction(prewrite.StartTs, prewrite.Position)).ToArray());

    /// <summary>What is known of a transaction, by its start TS or its commit TS.</summary>
    public StoredBinlog? Find(ulong ts)
    {
        // The sorter first: what it hands on meanwhile is found in the index.
        StoredBinlog? found = store.Sorting.Look(sorter => FindUnordered(sorter, ts)) ?? FindEmitted(ts);
        return found ?? (store.RolledBack.Contains(ts) ? new StoredBinlog(PumpRecordKind.Rollback, ts, 0, default, default) : null);
    }

    /// <summary>How a transaction stands in the order, by its start TS; null when nothing is known of it, or nothing any more.</summary>
    public TransactionFate? FindFate(ulong startTs) => store.Sorting.Look<TransactionFate?>(sorter =>
        sorter.Order.TryGet(startTs, out _) ? TransactionFate.Undecided("its prewrite has no outcome")
        : !sorter.TryGetOutcome(startTs, out ulong commitTs) ? null
        : commitTs == 0 ? TransactionFate.RolledBack("stored")
        : TransactionFate.Committed(commitTs, "stored"));

    /// <summary>What is known of a transaction that isn't undecided, in words.</summary>
    public string Describe(ulong startTs)
    {
        StoredBinlog? found = Find(startTs);
        return found switch
        {
            { Kind: PumpRecordKind.Commit, CommitTs: var commitTs } when found.StartTs == startTs && found.Prewrite == default => $"it is committed at {commitTs} and waits for its prewrite",
            { Kind: PumpRecordKind.Commit, CommitTs: var commitTs } when found.StartTs == startTs => $"it is committed at {commitTs}",
            { Kind: PumpRecordKind.Rollback } => "it is rolled back",
            _ => "this Pump has no binlog of it",
        };
    }

    private StoredBinlog? FindUnordered(CommitSorter sorter, ulong ts)
    {
        if (sorter.Order.TryGet(ts, out UndecidedPrewrite prewrite))
        {
            return new StoredBinlog(PumpRecordKind.Prewrite, ts, 0, prewrite.Position, default);
        }

        if (sorter.EarlyCommits.InOrder().FirstOrDefault(commit => commit.StartTs == ts || commit.CommitTs == ts) is { StartTs: > 0 } early)
        {
            return new StoredBinlog(PumpRecordKind.Commit, early.StartTs, early.CommitTs, default, early.Position);
        }

        if (sorter.Pending.InMemory.FirstOrDefault(pending => pending.StartTs == ts || pending.CommitTs == ts) is { StartTs: > 0 } inMemory)
        {
            return Describe(inMemory);
        }

        return store.Runs.TryFind(pending => pending.StartTs == ts || pending.CommitTs == ts, out PackedTransaction putAway) ? Describe(putAway.Unpack()) : null;
    }

    private StoredBinlog? FindEmitted(ulong ts) =>
        (store.Index.TryFind(ts, out PackedTransaction found) || store.Index.TryFindStartTs(ts, int.MaxValue, out found)) && found.CommitTs > store.Index.RemovedUpTo
            ? Describe(found.Unpack())
            : null;

    private static StoredBinlog Describe(in CommittedTransaction transaction) =>
        new(PumpRecordKind.Commit, transaction.StartTs, transaction.CommitTs, transaction.Prewrite, transaction.Commit);
}
