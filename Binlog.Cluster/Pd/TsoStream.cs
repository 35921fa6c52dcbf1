using Binlog.Cluster.Contracts.Pd;
using Grpc.Core;

namespace Binlog.Cluster.Pd;

/// <summary>
/// One stream of timestamps to one leader: sends requests for the callers of a queue, at most
/// <see cref="PdLimits.MaxTsoRequestsUnderWay"/> at a time, and hands out the answers. Runs once.
/// </summary>
/// <param name="queue">The callers.</param>
/// <param name="range">Checks the answers.</param>
/// <param name="time">Clock for the wait for an answer.</param>
internal sealed class TsoStream(TsoQueue queue, TsoRange range, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<TsoBatch> _underWay = new();
    private ITimer? _patience;
    private bool _isSilent;

    /// <summary>Whether an answer came.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Serves callers until the stream breaks. Those without an answer are back in the queue then.</summary>
    /// <param name="client">The leader.</param>
    /// <param name="members">The cluster, for the header.</param>
    /// <param name="url">The leader's URL, for messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why it broke.</returns>
    public async Task<ClusterException> RunAsync(PD.PDClient client, PdMembership members, string url, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var room = new SemaphoreSlim(PdLimits.MaxTsoRequestsUnderWay);
        using AsyncDuplexStreamingCall<TsoRequest, TsoResponse> call = client.Tso(new CallOptions(cancellationToken: ending.Token));
        await using ITimer patience = time.CreateTimer(_ => LosePatience(ending), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _patience = patience;
        Task<ClusterException> receiving = ReceiveAsync(call.ResponseStream, members.ClusterId, url, room, ending);
        try
        {
            await SendAsync(call.RequestStream, members.ClusterId, room, ending.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            // What broke it, the receiver knows better.
            await ending.CancelAsync().ConfigureAwait(false);
        }

        ClusterException reason = await receiving.ConfigureAwait(false);
        lock (_lock)
        {
            queue.Return(_underWay);
            _underWay.Clear();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _isSilent ? new ClusterException($"PD at {url} did not answer a request for timestamps within {PdLimits.AttemptTimeout.TotalSeconds:0} s.", isTransient: true) : reason;
    }

    private async Task SendAsync(IClientStreamWriter<TsoRequest> requests, ulong clusterId, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        while (true)
        {
            await queue.WaitAsync(cancellationToken).ConfigureAwait(false);
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (queue.TakeBatch() is not { } batch)
            {
                room.Release();
                continue;
            }

            lock (_lock)
            {
                _underWay.Enqueue(batch);
                if (_underWay.Count == 1)
                {
                    _patience!.Change(PdLimits.AttemptTimeout, Timeout.InfiniteTimeSpan);
                }
            }

            await requests.WriteAsync(new TsoRequest { Header = new RequestHeader { ClusterId = clusterId }, Count = (uint)batch.Count }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ClusterException> ReceiveAsync(IAsyncStreamReader<TsoResponse> responses, ulong clusterId, string url, SemaphoreSlim room, CancellationTokenSource ending)
    {
        try
        {
            while (await responses.MoveNext(ending.Token).ConfigureAwait(false))
            {
                PdAnswers.Check(responses.Current.Header, clusterId, nameof(PD.PDClient.Tso), url);
                HandOut(responses.Current, url);
                HasAnswered = true;
                room.Release();
            }

            return new ClusterException($"PD at {url} ended the stream of timestamps.", isTransient: true);
        }
        catch (RpcException exception)
        {
            return PdAnswers.ToClusterException(exception, nameof(PD.PDClient.Tso), url);
        }
        catch (ClusterException exception)
        {
            return exception;
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }
    }

    private void HandOut(TsoResponse response, string url)
    {
        TsoBatch? batch;
        lock (_lock)
        {
            if (!_underWay.TryDequeue(out batch))
            {
                throw new ClusterException($"PD at {url} answers with timestamps that nobody asked for.");
            }

            _patience!.Change(_underWay.Count > 0 ? PdLimits.AttemptTimeout : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        try
        {
            batch.Complete(range.Read(response, batch.Count, url));
        }
        catch (ClusterException exception)
        {
            batch.Fail(exception);
            throw;
        }
    }

    private void LosePatience(CancellationTokenSource ending)
    {
        lock (_lock)
        {
            if (_underWay.Count == 0)
            {
                return;
            }

            // Under the lock: once nothing is under way, the source may be gone.
            _isSilent = true;
            ending.Cancel();
        }
    }
}
