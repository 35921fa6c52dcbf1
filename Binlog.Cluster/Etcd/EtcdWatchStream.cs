using Binlog.Cluster.Contracts.Etcd;
using Binlog.Grpc;
using Grpc.Core;

namespace Binlog.Cluster.Etcd;

/// <summary>
/// One connection's life of a watch. A member that stands still or was cut off keeps its connections and says nothing: it is asked for its progress when it
/// was silent for a while, and given up when that has no answer either.
/// </summary>
internal sealed class EtcdWatchStream : IDisposable
{
    /// <summary>Silence after which the member is asked, and after which it is given up.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;
    private readonly TimeProvider _time;

    private EtcdWatchStream(string endpoint, string token, AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call, TimeProvider time) =>
        (Endpoint, Token, _call, _time) = (endpoint, token, call, time);

    /// <summary>The member.</summary>
    public string Endpoint { get; }

    /// <summary>The token that the stream was opened with.</summary>
    public string Token { get; }

    /// <summary>Opens a stream and asks for a watch of each range.</summary>
    /// <param name="endpoint">The member.</param>
    /// <param name="channel">Its channel.</param>
    /// <param name="headers">Metadata.</param>
    /// <param name="token">The token among them, for <see cref="Token"/>.</param>
    /// <param name="creations">What to watch; answered in this order.</param>
    /// <param name="time">Clock for silence.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RpcException">The member can't be reached or refuses.</exception>
    public static async Task<EtcdWatchStream> OpenAsync(
        string endpoint, GrpcChannel channel, Metadata headers, string token, IEnumerable<WatchCreateRequest> creations, TimeProvider time, CancellationToken cancellationToken)
    {
        var stream = new EtcdWatchStream(endpoint, token, new Watch.WatchClient(channel).Watch(new CallOptions(headers, cancellationToken: cancellationToken)), time);
        try
        {
            using var patience = new CancellationTokenSource(Silence, time);
            foreach (WatchCreateRequest creation in creations)
            {
                await stream._call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = creation }, patience.Token).ConfigureAwait(false);
            }

            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The next answer.</summary>
    /// <exception cref="RpcException">The stream has ended, or the member is silent.</exception>
    public async Task<WatchResponse> ReadAsync(CancellationToken cancellationToken)
    {
        Task<bool> moving = _call.ResponseStream.MoveNext(cancellationToken);
        if (!await IsSpeakingAsync(moving).ConfigureAwait(false))
        {
            using var patience = new CancellationTokenSource(Silence, _time);
            await _call.RequestStream.WriteAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() }, patience.Token).ConfigureAwait(false);
            if (!await IsSpeakingAsync(moving).ConfigureAwait(false))
            {
                Dispose();
                await ((Task)moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new RpcException(new Status(StatusCode.Unavailable, $"it said nothing on a watch for {2 * Silence.TotalSeconds:0} s"));
            }
        }

        return await moving.ConfigureAwait(false)
            ? _call.ResponseStream.Current
            : throw new RpcException(new Status(StatusCode.Unavailable, "it ended the watch"));
    }

    /// <inheritdoc />
    public void Dispose() => _call.Dispose();

    private async Task<bool> IsSpeakingAsync(Task moving)
    {
        try
        {
            await moving.WaitAsync(Silence, _time, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return moving.IsCompleted;
        }
    }
}
