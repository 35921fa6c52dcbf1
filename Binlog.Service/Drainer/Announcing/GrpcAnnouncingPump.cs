using Binlog.Cluster.Contracts;
using Binlog.Grpc;
using Grpc.Core;

namespace Binlog.Service.Drainer.Announcing;

/// <summary>Asks a Pump over gRPC, on a connection of its own: on that of the pull the answer would stand behind what is pulled.</summary>
internal sealed class GrpcAnnouncingPump : IAnnouncingPump
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel _channel;
    private readonly PumpAnnouncements.PumpAnnouncementsClient _client;
    private readonly ulong _clusterId;
    private readonly TimeProvider _time;

    /// <summary>Prepares a client; nothing is connected before the first request.</summary>
    public GrpcAnnouncingPump(string address, ulong clusterId, TimeProvider time, GrpcTls? tls = null)
    {
        _clusterId = clusterId;
        _time = time;
        _channel = GrpcChannel.ForPeer(address, new GrpcChannelOptions { TimeProvider = time, Tls = tls });
        _client = new PumpAnnouncements.PumpAnnouncementsClient(_channel);
    }

    /// <inheritdoc />
    public async Task<bool> AskAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        var request = new AnnounceRequest { ClusterId = _clusterId, CommitTs = commitTs };
        try
        {
            using AsyncUnaryCall<AnnounceResponse> call = _client.AnnounceAsync(request, deadline: (_time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);
            await call.ResponseAsync;
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();
}
