using Binlog.Cluster.Contracts;
using Binlog.Grpc;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Cluster.Pumps;

/// <summary>The connection to one Pump. Thread-safe.</summary>
internal sealed class PumpEndpoint : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Pump.PumpClient _client;
    private readonly ulong _clusterId;
    private readonly TimeProvider _time;

    public PumpEndpoint(string address, ulong clusterId, TimeProvider time, GrpcTls? tls)
    {
        Address = address;
        _clusterId = clusterId;
        _time = time;
        var options = new GrpcChannelOptions { TimeProvider = time, Tls = tls };
        _channel = address.Contains("://", StringComparison.Ordinal) ? GrpcChannel.ForAddress(address, options) : GrpcChannel.ForPeer(address, options);
        _client = new Pump.PumpClient(_channel);
    }

    public string Address { get; }

    /// <summary>Sends a binlog. Returns when it is durable on the Pump.</summary>
    /// <exception cref="PumpWriteException">The Pump refused it, or did not answer.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var request = new WriteBinlogReq { ClusterId = _clusterId, Payload = UnsafeByteOperations.UnsafeWrap(payload) };
        try
        {
            var options = new CallOptions(deadline: (_time.GetUtcNow() + timeout).UtcDateTime, cancellationToken: cancellationToken);
            using AsyncUnaryCall<WriteBinlogResp> call = _client.WriteBinlogAsync(request, options);
            WriteBinlogResp response = await call.ResponseAsync.ConfigureAwait(false);
            if (response.Errmsg.Length > 0)
            {
                throw new PumpWriteException(Address, response.Errmsg, mayBeStored: false, canRetry: true, isTooLate: false, null);
            }
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            bool unsent = IsUnreached(exception);
            bool answered = exception.StatusCode is not (StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal);
            bool canRetry = exception.StatusCode is not (StatusCode.ResourceExhausted or StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.Unimplemented);
            throw new PumpWriteException(Address, $"{exception.StatusCode}: {exception.Status.Detail}", mayBeStored: !answered && !unsent, canRetry, exception.StatusCode == StatusCode.OutOfRange, exception) { IsUnreached = unsent };
        }
        catch (RpcException exception)
        {
            throw new OperationCanceledException("The write was cancelled.", exception, cancellationToken);
        }
    }

    public void Dispose() => _channel.Dispose();

    /// <summary>No connection came about, so nothing was sent.</summary>
    private static bool IsUnreached(RpcException exception) => exception.Status.DebugException is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };
}
