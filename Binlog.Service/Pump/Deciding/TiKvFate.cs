using Binlog.Cluster;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.Cluster.TiKv;

namespace Binlog.Service.Pump.Deciding;

/// <summary>How transactions of a TiDB cluster ended, from TiKV. Thread-safe.</summary>
/// <remarks>
/// <para>Sources: tidb-binlog pump/storage/storage.go, resolve; tikv/client-go txnkv/txnlock/lock_resolver.go, GetTxnStatus (caller's start TS 0,
/// rollback_if_not_exist); tikv/tikv storage/mvcc/reader/reader.rs, get_txn_commit_record.</para>
/// <para>Any key of a transaction tells the truth about it: a record of a commit is written at another key only after the primary has it, and that of a rollback
/// only after the primary has that or when the writer has given up. A lock that is rolled back within a pessimistic transaction leaves no record.</para>
/// <para>The original rolls a transaction back when there is neither lock nor record. A committed one's record may be gone, though, when the
/// key was written again and garbage was collected since, as while a Pump was down; that would lose the transaction. So <paramref name="keepVersions"/> is asked before TiKV ends a transaction for want of both.</para>
/// </remarks>
/// <param name="client">Asks TiKV.</param>
/// <param name="keepVersions">
/// Keeps TiKV for a while from collecting what was written after a timestamp, and says whether all of it is still there: PD's service GC safe
/// point. Null: nobody knows, and nothing found counts as rolled back, as in the original.
/// </param>
internal sealed class TiKvFate(TiKvClient client, Func<ulong, CancellationToken, Task<bool>>? keepVersions = null) : ITransactionFate
{
    // Two questions, the second of which has two steps, come within FateLoop's 5 s for one answer, so that the reason is TiKV's and no mere timeout.
    private readonly TiKvClient _client = client.WithLimit(TimeSpan.FromSeconds(1.5));

    /// <inheritdoc/>
    public string Name => "TiKV";

    /// <inheritdoc/>
    public async ValueTask<TransactionFate> FindWriteAsync(TransactionQuestion question, CancellationToken cancellationToken) =>
        Judge(await _client.MvccGetByKeyAsync(question.PrewriteKey, cancellationToken), question.StartTs);

    /// <inheritdoc/>
    public async ValueTask<TransactionFate> CheckStatusAsync(TransactionQuestion question, CancellationToken cancellationToken)
    {
        (TransactionFate record, ReadOnlyMemory<byte> primary) = await FindPrimaryAsync(question, cancellationToken);
        if (record.Outcome != TransactionOutcome.Undecided)
        {
            return record;
        }

        // Nothing is ended for want of a record before it is known that records are still there.
        var check = new TransactionCheck(primary, question.StartTs, question.NewestTs) { RollbackIfMissing = false };
        TransactionStatus status = await _client.CheckStatusAsync(check, cancellationToken);
        if (status.OtherPrimary is { } named)
        {
            primary = named;
            status = await _client.CheckStatusAsync(check with { Primary = primary }, cancellationToken);
        }

        if (status.IsUnknown && (keepVersions is null || await keepVersions(question.StartTs, cancellationToken)))
        {
            status = await _client.CheckStatusAsync(check with { Primary = primary, RollbackIfMissing = true }, cancellationToken);
        }

        return status switch
        {
            { IsUnknown: true } => TransactionFate.Undecided(
                "no lock and no record, and garbage younger than the start TS has been collected, so that the record of a commit may be gone: whether it was committed has to be found out and decided by hand"),
            { OtherPrimary: { } other } => TransactionFate.Undecided($"the lock of key {Text(primary)} names another primary key, {Text(other)}"),
            { IsAlive: true, IsAsyncCommit: true } => TransactionFate.Undecided($"its lock uses async commit, which TiKV doesn't end by age (TTL {status.LockTtl} ms)"),
            { IsAlive: true } => TransactionFate.Undecided($"its lock at primary key {Text(primary)} lives (TTL {status.LockTtl} ms)"),
            { CommitTs: > 0 } => TransactionFate.Committed(status.CommitTs, $"status of primary key {Text(primary)}: committed"),
            { Action: TransactionAction.TtlExpireRollback } => TransactionFate.RolledBack($"the time of its lock at primary key {Text(primary)} was over, and it was rolled back"),
            { Action: TransactionAction.LockNotExistRollback } => TransactionFate.RolledBack($"no lock and no record at primary key {Text(primary)}: it can't be committed any more"),
            { Action: TransactionAction.NoAction } => TransactionFate.RolledBack($"status of primary key {Text(primary)}: rolled back"),
            _ => TransactionFate.Undecided($"TiKV's answer for primary key {Text(primary)} is not understood (action {status.Action})"),
        };
    }

    /// <summary>
    /// Looks for a record once more, and for the primary key. TiDB before 4.0 named the first key, which a pessimistic transaction's primary needn't be:
    /// ending the lock of another key would decide nothing. When the versions can't be read, TiKV itself looks whether it is the primary.
    /// </summary>
    private async ValueTask<(TransactionFate Record, ReadOnlyMemory<byte> Primary)> FindPrimaryAsync(TransactionQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            MvccInfo info = await _client.MvccGetByKeyAsync(question.PrewriteKey, cancellationToken);
            bool isLocked = info.Lock?.StartTs == question.StartTs && !info.Lock.Primary.IsEmpty;
            return (Judge(info, question.StartTs), isLocked ? info.Lock!.Primary.Memory : question.PrewriteKey);
        }
        catch (ClusterException exception)
        {
            return (TransactionFate.Undecided(exception.Message), question.PrewriteKey);
        }
    }

    /// <summary>What the versions of a key say about a transaction that wrote it.</summary>
    private static TransactionFate Judge(MvccInfo info, ulong startTs)
    {
        foreach (MvccWrite write in info.Writes)
        {
            if (write.StartTs == startTs)
            {
                return write.Type == Op.Rollback
                    ? TransactionFate.RolledBack("record of type Rollback")
                    : TransactionFate.Committed(write.CommitTs, $"record of type {write.Type}");
            }
        }

        // The rollback's place among the versions, the start TS, was taken by another transaction's commit: that record notes it.
        if (info.Writes.Any(write => write.CommitTs == startTs && write.HasOverlappedRollback))
        {
            return TransactionFate.RolledBack("overlapped rollback, noted in the record of another transaction's commit at the start TS");
        }

        return TransactionFate.Undecided(
            info.Lock is { } held && held.StartTs == startTs ? $"no record, and a lock of type {held.Type} (TTL {held.Ttl} ms)"
            : info.Lock is { } other ? $"no record, and a lock of the transaction of start TS {other.StartTs}"
            : "no record and no lock");
    }

    private static string Text(ReadOnlyMemory<byte> key) => Convert.ToHexString(key.Span);
}
