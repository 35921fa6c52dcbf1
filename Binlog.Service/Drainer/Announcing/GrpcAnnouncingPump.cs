using Binlog.Cluster.Contracts;
using Binlog.Grpc;
using Grpc.Core;

namespace Binlog.Service.Drainer.Announcing;

/// <summary>Asks a Pump over gRPC, on a connection of its own: on that of the pull the answer would stand behind what is pulled.</summary>
internal sealed class GrpcAnnouncingPump : IAnnouncingPump
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    private readonly ulong _clusterId;
    private readonly TimeProvider _time;
    private readonly string _address;
    private readonly GrpcTls? _tls;
    private GrpcChannel? _channel;

    /// <summary>Prepares a client; nothing is connected, nor the address looked at, before the first request.</summary>
    public GrpcAnnouncingPump(string address, ulong clusterId, TimeProvider time, GrpcTls? tls = null)
    {
        _clusterId = clusterId;
        _time = time;
        _address = address;
        _tls = tls;
    }

    /// <inheritdoc />
    public async Task<bool> AskAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        _channel ??= GrpcChannel.ForPeer(_address, new GrpcChannelOptions { TimeProvider = _time, Tls = _tls });
        var client = new PumpAnnouncements.PumpAnnouncementsClient(_channel);
        var request = new AnnounceRequest { ClusterId = _clusterId, CommitTs = commitTs };
        try
        {
            using AsyncUnaryCall<AnnounceResponse> call = client.AnnounceAsync(request, deadline: (_time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);
            await call.ResponseAsync;
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _channel?.Dispose();
}
