using System.Runtime.CompilerServices;
using Binlog.Grpc;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Binlog.TiDB.Records;
using Grpc.Core;
using PumpContract = Binlog.Cluster.Contracts.Pump;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>Pulls from a Pump over gRPC.</summary>
internal sealed class GrpcBinlogPuller(string address, ulong clusterId, bool compress, GrpcTls? tls = null) : IBinlogPuller
{
    /// <summary>More than any Pump takes as one binlog.</summary>
    private const int MaxMessageBytes = 2_000_000_000;

    /// <inheritdoc />
    /// <exception cref="RpcException">The Pump can't be reached, refuses, or ended the stream.</exception>
    /// <exception cref="TiDBFormatException">The Pump sent something that is not a binlog.</exception>
    public async IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, Action connected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using GrpcChannel channel = GrpcChannel.ForPeer(address, new GrpcChannelOptions { MaxReceiveMessageBytes = MaxMessageBytes, Compression = compress ? "gzip" : null, Tls = tls });
        var client = new PumpContract.PumpClient(channel);
        var request = new PullBinlogReq { ClusterId = clusterId, StartFrom = new Pos { Offset = (long)afterCommitTs } };
        using AsyncServerStreamingCall<PullBinlogResp> call = client.PullBinlogs(request, cancellationToken: cancellationToken);
        await call.ResponseHeadersAsync;
        connected();
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            ReadOnlyMemory<byte> payload = call.ResponseStream.Current.Entity?.Payload.Memory ?? default;
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            yield return new PulledBinlog(header.CommitTs, header.StartTs, header.IsFake, payload);
        }
    }
}
