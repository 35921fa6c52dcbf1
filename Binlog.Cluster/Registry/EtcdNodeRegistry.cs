using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Registry;

/// <summary>
/// The list of nodes in etcd, also the one in PD: entries where the original has them and in its form, so that its tools and nodes work with them. Who lives is
/// told by leases that etcd keeps, and by the movement of the entries of the original's nodes, which have none. Thread-safe.
/// </summary>
/// <param name="client">etcd.</param>
/// <param name="time">Clock for the silence of the original's nodes, monotonic.</param>
public sealed class EtcdNodeRegistry(EtcdClient client, TimeProvider time) : INodeRegistry, INodeWatch
{
    /// <summary>How long a node counts as alive after a heartbeat: at least three heartbeats.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = Lease / 2;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);

    private readonly EtcdOriginals _originals = new(time);
    private readonly ConcurrentDictionary<(NodeRole Role, string NodeId), EtcdOwnEntry> _own = new();

    /// <inheritdoc />
    public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => WriteAsync(role, status, isRenewal: false, cancellationToken);

    /// <inheritdoc />
    public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => WriteAsync(role, status, isRenewal: true, cancellationToken);

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(status);
        return NoteAsync(() => ReplaceAsync(role, expected, status, cancellationToken));
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        EtcdNodeTable table = await NoteAsync(() => ReadAsync(role, cancellationToken)).ConfigureAwait(false);
        return table.Judge(began);
    }

    /// <inheritdoc />
    /// <remarks>A node of ours that dies makes a new list when its lease ends. One of the original, which has none, just stops to change.</remarks>
    public async IAsyncEnumerable<IReadOnlyList<NodeStatus>> WatchAsync(NodeRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            long began = time.GetTimestamp();
            if (await TryListAsync(role, cancellationToken).ConfigureAwait(false) is not { } listing)
            {
                await Task.Delay(RetryPause, time, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var feed = new EtcdNodeFeed(new EtcdNodeTable(role, listing, _originals), client.Watch(EtcdNodeKeys.Ranges(role), listing.Revision), began);
            await using (feed.ConfigureAwait(false))
            {
                yield return feed.Present;
                while (await feed.NextAsync(cancellationToken).ConfigureAwait(false) is { } nodes)
                {
                    yield return nodes;
                }
            }
        }
    }

    private async Task WriteAsync(NodeRole role, NodeStatus status, bool isRenewal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(status);
        EtcdNodeKeys.Check(role, status.NodeId);
        EtcdOwnEntry own = _own.GetOrAdd((role, status.NodeId), static (node, self) => self.CreateOwn(node), this);
        await NoteAsync(async () =>
        {
            await own.WriteAsync(status, isRenewal, cancellationToken).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    private EtcdOwnEntry CreateOwn((NodeRole Role, string NodeId) node) => new(client, node.Role, node.NodeId, time);

    private async Task<EtcdListing?> TryListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        try
        {
            return await NoteAsync(() => client.ListAsync(EtcdNodeKeys.Ranges(role), cancellationToken)).ConfigureAwait(false);
        }
        catch (ClusterException exception) when (exception.IsTransient)
        {
            return null;
        }
    }

    private async Task<EtcdNodeTable> ReadAsync(NodeRole role, CancellationToken cancellationToken) =>
        new(role, await client.ListAsync(EtcdNodeKeys.Ranges(role), cancellationToken).ConfigureAwait(false), _originals);

    private async Task<bool> ReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken)
    {
        ByteString value = UnsafeByteOperations.UnsafeWrap(status.ToJson());
        ByteString alive = EtcdNodeKeys.Alive(role, expected.NodeId);
        long started = time.GetTimestamp();
        for (bool mayBeDone = false; ; mayBeDone = true)
        {
            long began = time.GetTimestamp();
            EtcdNodeTable table = await ReadAsync(role, cancellationToken).ConfigureAwait(false);
            if (table.Find(expected.NodeId) is not { } found)
            {
                return false;
            }

            if (mayBeDone && found.Status.IsOfSameWriteAs(status))
            {
                return true;
            }

            NodeStatus present = table.Judge(expected.NodeId, found, began);
            if (!present.IsOfSameWriteAs(expected) || present.IsAlive)
            {
                return false;
            }

            var request = new TxnRequest { Compare = { EtcdOperations.IsAtRevision(found.Key, found.ModRevision), EtcdOperations.IsAbsent(alive) }, Success = { EtcdOperations.Put(found.Key, value) } };
            try
            {
                return (await client.TxnAsync(request, cancellationToken).ConfigureAwait(false)).Succeeded;
            }
            catch (EtcdOutcomeUnknownException) when (time.GetElapsedTime(started) < Patience)
            {
                // The next look tells.
            }
        }
    }

    private async Task<T> NoteAsync<T>(Func<Task<T>> callAsync)
    {
        long began = time.GetTimestamp();
        try
        {
            T result = await callAsync().ConfigureAwait(false);
            _originals.NoteAnswer(began);
            return result;
        }
        catch (NodeSetOfflineException)
        {
            _originals.NoteAnswer(began);
            throw;
        }
        catch
        {
            _originals.NoteFailure();
            throw;
        }
    }
}
