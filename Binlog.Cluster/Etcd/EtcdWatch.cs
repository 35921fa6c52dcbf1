using System.Runtime.CompilerServices;
using Binlog.Cluster.Contracts.Etcd;
using Grpc.Core;

namespace Binlog.Cluster.Etcd;

/// <summary>
/// Follows ranges of keys over the life of members and connections: what was missed is told when a member is there again. One reader at a time.
/// </summary>
internal sealed class EtcdWatch
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Denials in a row. The first ones may come from a token that the member doesn't know: version 3.4 says permission denied then.</summary>
    private const int MostDenials = 3;

    private readonly EtcdCaller _caller;
    private readonly IReadOnlyList<EtcdRange> _ranges;
    private readonly TimeProvider _time;

    /// <summary>For each range the first revision that was not told yet.</summary>
    private readonly long[] _next;

    /// <summary>Which range the member's number of a watch stands for.</summary>
    private readonly Dictionary<long, int> _rangeOf = [];
    private EtcdWatchStream? _stream;
    private int _created;
    private int _denials;

    /// <summary>Prepares a watch; see <see cref="EtcdClient.Watch"/>.</summary>
    public EtcdWatch(EtcdCaller caller, IReadOnlyList<EtcdRange> ranges, long known, TimeProvider time)
    {
        _caller = caller;
        _ranges = ranges;
        _time = time;
        _next = new long[ranges.Count];
        Array.Fill(_next, known + 1);
    }

    /// <summary>Changes as they come. Endless, until cancelled.</summary>
    /// <exception cref="EtcdCompactedException">What comes next is compacted: the present state has to be read, and another watch begun.</exception>
    /// <exception cref="ClusterException">etcd refuses.</exception>
    public async IAsyncEnumerable<EtcdWatchBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (await NextAsync(cancellationToken).ConfigureAwait(false) is { } batch)
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            Close();
        }
    }

    private async Task<EtcdWatchBatch?> NextAsync(CancellationToken cancellationToken)
    {
        string endpoint = _stream?.Endpoint ?? _caller.Endpoints.Current;
        try
        {
            _stream ??= await OpenAsync(endpoint, cancellationToken).ConfigureAwait(false);
            return Take(await _stream.ReadAsync(cancellationToken).ConfigureAwait(false), _stream);
        }
        catch (RpcException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException("The watch was cancelled.", exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            HandleFailure(endpoint, exception);
        }
        catch (ClusterException exception) when (exception.IsTransient && exception is not EtcdCompactedException)
        {
            // No token could be fetched: all members were asked for it.
            Close();
        }

        await Task.Delay(RetryPause, _time, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private async Task<EtcdWatchStream> OpenAsync(string endpoint, CancellationToken cancellationToken)
    {
        (Metadata headers, string token) = await _caller.PrepareAsync(cancellationToken).ConfigureAwait(false);
        _rangeOf.Clear();
        _created = 0;
        IEnumerable<WatchCreateRequest> creations = _ranges.Select((range, index) =>
            new WatchCreateRequest { Key = range.Start, RangeEnd = range.End, StartRevision = _next[index], ProgressNotify = true });
        return await EtcdWatchStream.OpenAsync(endpoint, _caller.Endpoints.Channel(endpoint), headers, token, creations, _time, cancellationToken).ConfigureAwait(false);
    }

    private EtcdWatchBatch? Take(WatchResponse response, EtcdWatchStream stream)
    {
        if (response.Canceled)
        {
            throw response.CompactRevision > 0
                ? new EtcdCompactedException($"etcd at {stream.Endpoint} has compacted what a watch has not seen yet; the oldest revision that is left is {response.CompactRevision}.")
                : new RpcException(new Status(
                    response.CancelReason.Contains("permission denied", StringComparison.Ordinal) ? StatusCode.PermissionDenied : StatusCode.Unavailable,
                    response.CancelReason.Length > 0 ? response.CancelReason : "it cancelled the watch without a reason"));
        }

        if (response.Created)
        {
            _rangeOf[response.WatchId] = _created++;
            _denials = _created == _ranges.Count ? 0 : _denials;
            return null;
        }

        if (!_rangeOf.TryGetValue(response.WatchId, out int range))
        {
            // The answer to a question for progress belongs to no watch. It shows that the member speaks; how far the watches are it does not say reliably.
            return null;
        }

        if (response.Events.Count == 0)
        {
            _next[range] = Math.Max(_next[range], (response.Header?.Revision ?? 0) + 1);
            return null;
        }

        _next[range] = response.Events[^1].Kv.ModRevision + 1;
        return new EtcdWatchBatch(range, response.Events);
    }

    private void HandleFailure(string endpoint, RpcException exception)
    {
        string token = _stream?.Token ?? "";
        Close();
        switch (EtcdFailure.KindOf(exception.Status))
        {
            case EtcdFailureKind.TokenInvalid when _caller.User is not null && ++_denials < MostDenials:
            case EtcdFailureKind.Refused when exception.StatusCode == StatusCode.PermissionDenied && _caller.User is not null && ++_denials < MostDenials:
                _caller.Forget(token);
                break;
            case EtcdFailureKind.TokenInvalid or EtcdFailureKind.Refused:
                throw EtcdFailure.Refusal(endpoint, $"Watch of {string.Join(", ", _ranges)}", exception.Status, _caller.User, exception);
            default:
                _caller.Endpoints.MoveOn(endpoint);
                break;
        }
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }
}
