using System.Runtime.CompilerServices;
using Binlog.Grpc;
using Binlog.Service.Drainer.Memory;
using Binlog.TiDB;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Service.Drainer.Collecting;

/// <summary>Pulls from a Pump over gRPC. A binlog that is too large for memory comes in a file.</summary>
/// <param name="address"><c>host:port</c> of the Pump.</param>
/// <param name="clusterId">Cluster that both belong to.</param>
/// <param name="compress">Whether the Pump is asked to compress.</param>
/// <param name="memory">How large a binlog may be in memory, and where larger ones go; null: everything comes in memory, for those who only look.</param>
/// <param name="tls">Files for TLS; null: none.</param>
internal sealed class GrpcBinlogPuller(string address, ulong clusterId, bool compress, SourceMemory? memory, GrpcTls? tls = null) : IBinlogPuller
{
    private static readonly Method<PullBinlogReq, PullBinlogResp> PullBinlogs = new(
        MethodType.ServerStreaming,
        "binlog.Pump",
        "PullBinlogs",
        Marshallers.Create(request => request.ToByteArray(), PullBinlogReq.Parser.ParseFrom),
        Marshallers.Create(response => response.ToByteArray(), PullBinlogResp.Parser.ParseFrom));

    /// <inheritdoc />
    /// <exception cref="RpcException">The Pump can't be reached, refuses, or ended the stream.</exception>
    /// <exception cref="TiDBFormatException">The Pump sent something that is not a binlog.</exception>
    /// <exception cref="IOException">A file for a large binlog can't be written.</exception>
    public async IAsyncEnumerable<PulledBinlog> PullAsync(ulong afterCommitTs, Action connected, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new GrpcChannelOptions { Compression = compress ? "gzip" : null, Tls = tls };
        using GrpcChannel channel = GrpcChannel.ForPeer(address, memory is null ? options : options with { ReceiveWindowBytes = memory.Budget.Window });
        var request = new PullBinlogReq { ClusterId = clusterId, StartFrom = new Pos { Offset = (long)afterCommitTs } };
        using PiecewiseCall call = channel.StartPiecewise(PullBinlogs, new CallOptions(cancellationToken: cancellationToken), request);
        await call.ResponseHeadersAsync;
        connected();
        using var receiver = new BinlogReceiver(call, memory);
        while (await call.MoveNextAsync())
        {
            yield return await receiver.ReceiveAsync(cancellationToken);
        }
    }
}
