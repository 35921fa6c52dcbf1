using System.Threading.Channels;
using Binlog.Cluster.Etcd;

namespace Binlog.Cluster.Registry;

/// <summary>
/// Keeps a table of nodes up to date and hands it out when it has changed. A reader that is slower than the changes gets them as one list, and memory holds one
/// table. One reader at a time.
/// </summary>
internal sealed class EtcdNodeFeed : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stopping = new();
    private readonly EtcdNodeTable _table;
    private readonly long _read;
    private readonly Task _following;

    /// <summary>Begins to follow.</summary>
    /// <param name="table">The table as it was listed.</param>
    /// <param name="watch">The changes after that.</param>
    /// <param name="read">Timestamp of the beginning of the listing.</param>
    public EtcdNodeFeed(EtcdNodeTable table, EtcdWatch watch, long read)
    {
        (_table, _read) = (table, read);
        _following = FollowAsync(watch);
    }

    /// <summary>The nodes as they are now.</summary>
    /// <exception cref="ClusterException">An entry can't be read.</exception>
    public IReadOnlyList<NodeStatus> Present
    {
        get
        {
            lock (_lock)
            {
                return _table.Judge(_read);
            }
        }
    }

    /// <summary>Waits for a change.</summary>
    /// <returns>The nodes; null when changes were missed for good, so that the nodes have to be listed again.</returns>
    /// <exception cref="ClusterException">etcd refuses, or an entry can't be read.</exception>
    public async Task<IReadOnlyList<NodeStatus>?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _changed.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false) && _changed.Reader.TryRead(out _) ? Present : null;
        }
        catch (EtcdCompactedException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task FollowAsync(EtcdWatch watch)
    {
        Exception? end = null;
        try
        {
            await foreach (EtcdWatchBatch batch in watch.ReadAsync(_stopping.Token).ConfigureAwait(false))
            {
                lock (_lock)
                {
                    _table.Apply(batch);
                }

                _changed.Writer.TryWrite(true);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Nobody reads any more.
        }
        catch (Exception exception)
        {
            end = exception;
        }

        _changed.Writer.TryComplete(end);
    }
}
