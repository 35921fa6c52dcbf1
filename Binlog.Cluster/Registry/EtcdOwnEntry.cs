using System.Diagnostics.CodeAnalysis;
using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Registry;

/// <summary>
/// What one node writes of itself: its entry and, while it lives, a key beside it that is bound to a lease, both in one transaction. Every write is bound to
/// the revision of the entry that it replaces, so nobody's change between is overwritten unseen, and a write that was held up somewhere can't come later. Thread-safe.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose wait handle nobody asks for has nothing to give back.")]
internal sealed class EtcdOwnEntry(EtcdClient client, NodeRole role, string nodeId, TimeProvider time)
{
    /// <summary>How long a write is tried again whose outcome isn't known, or that others came before.</summary>
    private static readonly TimeSpan Patience = EtcdNodeRegistry.Lease / 2;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ByteString _key = EtcdNodeKeys.Entry(role, nodeId);
    private readonly ByteString _aliveKey = EtcdNodeKeys.Alive(role, nodeId);

    /// <summary>The store's revision of the newest write of the entry; 0: there is no entry; null: not known.</summary>
    private long? _modRevision;

    /// <summary>What the entry says at that revision; null when there is none or it can't be read.</summary>
    private NodeStatus? _found;

    /// <summary>The lease; 0: none.</summary>
    private long _lease;

    /// <summary>Whether the key beside the entry is bound to the lease, as far as this node knows.</summary>
    private bool _isBound;

    /// <summary>Writes the entry.</summary>
    /// <param name="status">What to write.</param>
    /// <param name="isRenewal">From a node that was online before: refused when the entry is offline by now.</param>
    /// <param name="cancellationToken">Ends the attempt; whether it was written is unknown then.</param>
    /// <exception cref="NodeSetOfflineException">It is a renewal, and was refused.</exception>
    /// <exception cref="ClusterException">etcd can't be reached or refuses.</exception>
    public async Task WriteAsync(NodeStatus status, bool isRenewal, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            bool lives = status.State.IsRunning() || status is { State: NodeState.Paused, IsAlive: true };
            long began = time.GetTimestamp();
            while (!await TryWriteAsync(status, isRenewal, lives, began, cancellationToken).ConfigureAwait(false))
            {
                if (time.GetElapsedTime(began) >= Patience)
                {
                    throw new ClusterException($"The entry {_key.ToStringUtf8()} in etcd is changed by others again and again: {role} {nodeId} could not write it. Look for another process with this node ID.", isTransient: true);
                }
            }

            if (!lives)
            {
                await EndLeaseAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<bool> TryWriteAsync(NodeStatus status, bool isRenewal, bool lives, long began, CancellationToken cancellationToken)
    {
        bool isKnown = false;
        try
        {
            ulong term = lives ? await HoldLeaseAsync(cancellationToken).ConfigureAwait(false) : 0;
            if (_modRevision is null)
            {
                TxnResponse read = await client.TxnAsync(new TxnRequest { Success = { Look } }, cancellationToken).ConfigureAwait(false);
                Take(read);
            }

            if (isRenewal && status.State != NodeState.Offline && _found?.State == NodeState.Offline)
            {
                throw NodeSetOfflineException.Of(role, nodeId);
            }

            if (isRenewal && status.State != NodeState.Offline && _modRevision == 0)
            {
                throw new NodeSetOfflineException($"The registry no longer has {role} {nodeId}: its key was removed, or etcd was set back to an earlier state, and others may no longer wait for it. Only a start makes it online again.");
            }

            NodeStatus written = _found is null ? status : status.WithOthersOf(_found);
            TxnResponse response = await client.TxnAsync(TransactionOf(written, lives), cancellationToken).ConfigureAwait(false);
            isKnown = true;
            if (!response.Succeeded)
            {
                Take(response);
                return false;
            }

            (_modRevision, _found, _isBound) = (response.Header.Revision, written, lives);

            // A leader that was deposed unseen can still say that it prolonged a lease. It has not, when the transaction was carried out in another term.
            return !lives || term == response.Header.RaftTerm;
        }
        catch (EtcdOutcomeUnknownException) when (time.GetElapsedTime(began) < Patience)
        {
            return false;
        }
        catch (EtcdLeaseNotFoundException) when (time.GetElapsedTime(began) < Patience)
        {
            (_lease, _isBound) = (0, false);
            return false;
        }
        finally
        {
            if (!isKnown)
            {
                _modRevision = null;
            }
        }
    }

    private RequestOp[] Look => [EtcdOperations.Get(_key), EtcdOperations.Get(_aliveKey)];

    private TxnRequest TransactionOf(NodeStatus status, bool lives)
    {
        var request = new TxnRequest { Compare = { EtcdOperations.IsAtRevision(_key, _modRevision!.Value) }, Failure = { Look } };
        request.Success.Add(EtcdOperations.Put(_key, UnsafeByteOperations.UnsafeWrap(status.ToJson())));
        if (!lives)
        {
            request.Success.Add(EtcdOperations.Delete(_aliveKey));
        }
        else if (_isBound)
        {
            request.Compare.Add(EtcdOperations.IsBoundTo(_aliveKey, _lease));
        }
        else
        {
            request.Success.Add(EtcdOperations.Put(_aliveKey, ByteString.CopyFromUtf8(status.Host), _lease));
        }

        return request;
    }

    /// <summary>Takes what <see cref="Look"/> shows.</summary>
    private void Take(TxnResponse response)
    {
        KeyValue? entry = response.Responses[0].ResponseRange.Kvs.FirstOrDefault();
        KeyValue? alive = response.Responses[1].ResponseRange.Kvs.FirstOrDefault();
        _modRevision = entry?.ModRevision ?? 0;
        _isBound = _lease != 0 && alive?.Lease == _lease;
        try
        {
            _found = entry is null ? null : EtcdNodeEntry.Of(entry).Status;
        }
        catch (ClusterException)
        {
            // Nobody can read it, so nobody has taken this node for offline because of it. Writing mends it.
            _found = null;
        }
    }

    private async Task<ulong> HoldLeaseAsync(CancellationToken cancellationToken)
    {
        if (_lease != 0)
        {
            EtcdLease held = await client.KeepAliveAsync(_lease, cancellationToken).ConfigureAwait(false);
            if (held.TimeToLive > TimeSpan.Zero)
            {
                return held.RaftTerm;
            }
        }

        (_lease, _isBound) = (0, false);
        EtcdLease granted = await client.GrantLeaseAsync(EtcdNodeRegistry.Lease, cancellationToken).ConfigureAwait(false);
        _lease = granted.Id;
        return granted.RaftTerm;
    }

    private async Task EndLeaseAsync(CancellationToken cancellationToken)
    {
        long lease = _lease;
        (_lease, _isBound) = (0, false);
        if (lease == 0)
        {
            return;
        }

        try
        {
            await client.RevokeLeaseAsync(lease, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ClusterException or OperationCanceledException)
        {
            // Its key is gone with the entry's write; the bare lease ends by itself.
        }
    }
}
