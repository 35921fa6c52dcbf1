using Binlog.Cluster.Contracts.TiKv;
using Binlog.TiDB;

namespace Binlog.ClusterKit.TiKv;

/// <summary>How TiKV ends transactions: by the state of the primary key, and then at the other keys. Within <see cref="StoredData.Use{T}"/>.</summary>
/// <remarks>Source: tikv/tikv, storage/txn/actions/check_txn_status.rs and storage/txn/commands/resolve_lock.rs.</remarks>
internal static class TransactionRules
{
    /// <summary>Answers KvCheckTxnStatus.</summary>
    public static CheckTxnStatusResponse Check(StoredData data, CheckTxnStatusRequest request)
    {
        StoredKey key = data.Ensure(request.PrimaryKey.ToByteArray());
        return key.Lock is { } held && held.StartTs == request.LockTs ? CheckLocked(key, held, request) : CheckUnlocked(key, request);
    }

    /// <summary>Carries a transaction's outcome out at a key that it has locked.</summary>
    public static void Resolve(StoredKey key, ulong startTs, ulong commitTs)
    {
        if (key.Lock is not { } held || held.StartTs != startTs)
        {
            return;
        }

        key.Lock = null;
        if (commitTs == 0)
        {
            key.Rollback(startTs, isProtected: held.ForUpdateTs > 0 && held.Primary.AsSpan().SequenceEqual(key.Key));
        }
        else if (held.Type != Op.PessimisticLock)
        {
            key.Add(new StoredWrite(held.Type, startTs, commitTs, held.Type == Op.Put ? () => held.Value : null));
        }
    }

    /// <summary>A lock as responses name it.</summary>
    public static LockInfo Describe(byte[] key, StoredLock held) => new()
    {
        PrimaryLock = Google.Protobuf.ByteString.CopyFrom(held.Primary),
        LockVersion = held.StartTs,
        Key = Google.Protobuf.ByteString.CopyFrom(key),
        LockTtl = held.TtlMilliseconds,
        TxnSize = held.TransactionSize,
        LockType = held.Type,
        LockForUpdateTs = held.ForUpdateTs,
        UseAsyncCommit = held.IsAsyncCommit,
        MinCommitTs = held.MinCommitTs,
    };

    private static CheckTxnStatusResponse CheckLocked(StoredKey key, StoredLock held, CheckTxnStatusRequest request)
    {
        if (request.VerifyIsPrimary && !held.Primary.AsSpan().SequenceEqual(key.Key))
        {
            return new CheckTxnStatusResponse { Error = new KeyError { PrimaryMismatch = new PrimaryMismatch { LockInfo = Describe(key.Key, held) } } };
        }

        if (held.IsAsyncCommit && !request.ForceSyncCommit)
        {
            return new CheckTxnStatusResponse { LockTtl = held.TtlMilliseconds, LockInfo = Describe(key.Key, held) };
        }

        if (new Tso(held.StartTs).PhysicalMilliseconds + (long)held.TtlMilliseconds < new Tso(request.CurrentTs).PhysicalMilliseconds)
        {
            if (request.ResolvingPessimisticLock && held.Type == Op.PessimisticLock)
            {
                key.Lock = null;
                return new CheckTxnStatusResponse { Action = TransactionAction.TtlExpirePessimisticRollback };
            }

            Resolve(key, held.StartTs, commitTs: 0);
            return new CheckTxnStatusResponse { Action = TransactionAction.TtlExpireRollback };
        }

        return new CheckTxnStatusResponse { LockTtl = held.TtlMilliseconds, Action = Push(key, held, request), LockInfo = Describe(key.Key, key.Lock!) };
    }

    private static TransactionAction Push(StoredKey key, StoredLock held, CheckTxnStatusRequest request)
    {
        if (held.MinCommitTs > 0 && request.CallerStartTs != ulong.MaxValue && request.CallerStartTs >= held.MinCommitTs)
        {
            held = held with { MinCommitTs = Math.Max(request.CallerStartTs + 1, request.CurrentTs) };
            key.Lock = held;
        }

        return (request.CallerStartTs > 0 && held.MinCommitTs > request.CallerStartTs) || request.CallerStartTs == ulong.MaxValue
            ? TransactionAction.MinCommitTsPushed
            : TransactionAction.NoAction;
    }

    private static CheckTxnStatusResponse CheckUnlocked(StoredKey key, CheckTxnStatusRequest request)
    {
        if (key.FindRecord(request.LockTs) is { } record)
        {
            return record.Type == Op.Rollback || record.StartTs != request.LockTs
                ? new CheckTxnStatusResponse()
                : new CheckTxnStatusResponse { CommitVersion = record.CommitTs };
        }

        if (!request.RollbackIfNotExist)
        {
            return new CheckTxnStatusResponse { Error = new KeyError { TxnNotFound = new TxnNotFound { StartTs = request.LockTs, PrimaryKey = request.PrimaryKey } } };
        }

        if (request.ResolvingPessimisticLock)
        {
            return new CheckTxnStatusResponse { Action = TransactionAction.LockNotExistDoNothing };
        }

        key.Rollback(request.LockTs, isProtected: true);
        return new CheckTxnStatusResponse { Action = TransactionAction.LockNotExistRollback };
    }
}
