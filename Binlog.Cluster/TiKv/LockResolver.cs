using Binlog.Cluster.Contracts.TiKv;
using Binlog.Cluster.Timestamps;
using Binlog.TiDB;
using Google.Protobuf;

namespace Binlog.Cluster.TiKv;

/// <summary>
/// Gets a read past a lock: asks at the lock's primary key how its transaction ended and carries that out at the locked key, or waits while it is
/// alive. Thread-safe.
/// </summary>
/// <remarks>Source: tikv/client-go, txnkv/txnlock/lock_resolver.go, resolveLocks, getTxnStatusFromLock, resolveLock.</remarks>
internal sealed class LockResolver(RegionSender sender, ITsoSource tso)
{
    // From so many keys on all of a transaction's locks in the region are ended at once (client-go's resolveLockLiteThreshold).
    private const ulong ManyKeys = 16;

    /// <summary>Returns when the read should be sent again.</summary>
    /// <param name="error">What stood in the way.</param>
    /// <param name="readTs">Timestamp of the read.</param>
    /// <param name="context">Context of the read; gets transactions that may be ignored.</param>
    /// <param name="attempts">Bounds the attempts of the read.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <exception cref="ClusterException">The time is over, or it is no lock.</exception>
    public async ValueTask PassAsync(KeyError error, ulong readTs, Context context, Attempts attempts, CancellationToken cancellationToken)
    {
        if (error.Locked is not { } found)
        {
            if (error.Retryable.Length == 0)
            {
                throw attempts.Refused(error.Abort.Length > 0 ? error.Abort : $"an error of the key that isn't known here: {error}");
            }

            await attempts.WaitAsync(BackoffKind.Lock, error.Retryable, cancellationToken).ConfigureAwait(false);
            return;
        }

        ulong now = await NowAsync(found, attempts, cancellationToken).ConfigureAwait(false);
        TransactionStatus status = await FindStatusAsync(found, now, readTs, attempts, cancellationToken).ConfigureAwait(false);
        if (!status.IsAlive)
        {
            await ResolveAsync(found, status.CommitTs, attempts, cancellationToken).ConfigureAwait(false);
        }
        else if (status.Action == TransactionAction.MinCommitTsPushed)
        {
            // Whatever its commit TS is going to be, this read won't see it.
            context.ResolvedLocks.Add(found.LockVersion);
        }
        else
        {
            await attempts.WaitAsync(BackoffKind.Lock, Describe(found, status), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks for a transaction's status at its primary key.</summary>
    public async ValueTask<TransactionStatus> CheckAsync(TransactionCheck check, Attempts attempts, CancellationToken cancellationToken)
    {
        var request = new CheckTxnStatusRequest
        {
            PrimaryKey = UnsafeByteOperations.UnsafeWrap(check.Primary),
            LockTs = check.StartTs,
            CallerStartTs = check.ReadTs,
            CurrentTs = check.CurrentTs,
            RollbackIfNotExist = check.RollbackIfMissing,
            ResolvingPessimisticLock = check.IsPessimistic,
            VerifyIsPrimary = true,
        };
        while (true)
        {
            (CheckTxnStatusResponse response, CachedRegion region) = await sender.SendAsync(RegionCalls.CheckTxnStatus, check.Primary, request, new Context(), attempts, cancellationToken).ConfigureAwait(false);
            switch (response.Error)
            {
                case null:
                    return new TransactionStatus(response.LockTtl, response.LockTtl > 0 ? 0 : response.CommitVersion, response.Action) { IsAsyncCommit = response.LockInfo?.UseAsyncCommit ?? false };
                case { TxnNotFound: not null }:
                    return new TransactionStatus { IsUnknown = true };
                case { PrimaryMismatch.LockInfo: { } other }:
                    return new TransactionStatus(Math.Max(other.LockTtl, 1), 0, TransactionAction.NoAction) { OtherPrimary = other.PrimaryLock.Memory, IsAsyncCommit = other.UseAsyncCommit };
                case { Locked: not null } or { Retryable.Length: > 0 }:
                    await attempts.WaitAsync(BackoffKind.Lock, $"KvCheckTxnStatus to {region}: {response.Error}", cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    throw attempts.Refused($"KvCheckTxnStatus of start TS {check.StartTs} to {region}: {response.Error}");
            }
        }
    }

    /// <summary>The time against which the lock's age is taken. A TTL of 0 asks for the transaction's end whatever its age.</summary>
    private async ValueTask<ulong> NowAsync(LockInfo found, Attempts attempts, CancellationToken cancellationToken)
    {
        while (found.LockTtl > 0)
        {
            try
            {
                return await tso.NextAsync(1, cancellationToken).ConfigureAwait(false);
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                await attempts.WaitAsync(BackoffKind.Connection, $"no timestamp to look at a lock with: {exception.Message}", cancellationToken).ConfigureAwait(false);
            }
        }

        return ulong.MaxValue;
    }

    /// <summary>
    /// A primary without lock and record may not have been written yet, when a transaction's keys are written side by side. Only when the
    /// met lock's time is over is the transaction ended for that.
    /// </summary>
    private async ValueTask<TransactionStatus> FindStatusAsync(LockInfo found, ulong now, ulong readTs, Attempts attempts, CancellationToken cancellationToken)
    {
        var check = new TransactionCheck(found.PrimaryLock.Memory, found.LockVersion, now) { ReadTs = readTs, IsPessimistic = found.LockType == Op.PessimisticLock };
        TransactionStatus status = await CheckAsync(check, attempts, cancellationToken).ConfigureAwait(false);
        if (!status.IsUnknown)
        {
            return status;
        }

        return IsExpired(found, now)
            ? await CheckAsync(check with { RollbackIfMissing = true }, attempts, cancellationToken).ConfigureAwait(false)
            : new TransactionStatus(found.LockTtl, 0, TransactionAction.NoAction);
    }

    private async ValueTask ResolveAsync(LockInfo found, ulong commitTs, Attempts attempts, CancellationToken cancellationToken)
    {
        var request = new ResolveLockRequest { StartVersion = found.LockVersion, CommitVersion = commitTs };
        if (found.TxnSize < ManyKeys)
        {
            request.Keys.Add(found.Key);
        }

        (ResolveLockResponse response, CachedRegion region) = await sender.SendAsync(RegionCalls.ResolveLock, found.Key.Memory, request, new Context(), attempts, cancellationToken).ConfigureAwait(false);
        if (response.Error is { } error)
        {
            await attempts.WaitAsync(BackoffKind.Lock, $"KvResolveLock of start TS {found.LockVersion} to {region}: {error}", cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsExpired(LockInfo found, ulong now) =>
        now == ulong.MaxValue || new Tso(found.LockVersion).PhysicalMilliseconds + (long)found.LockTtl < new Tso(now).PhysicalMilliseconds;

    private static string Describe(LockInfo found, TransactionStatus status) =>
        $"key {Convert.ToHexString(found.Key.Span)} is locked by the transaction of start TS {found.LockVersion} (primary key {Convert.ToHexString(found.PrimaryLock.Span)}, TTL {status.LockTtl} ms)"
        + (status.IsAsyncCommit ? ", which uses async commit: it ends when a TiDB comes to it" : ", which is alive")
        + (status.OtherPrimary is { } other ? $"; its primary key is now {Convert.ToHexString(other.Span)}" : "");
}
