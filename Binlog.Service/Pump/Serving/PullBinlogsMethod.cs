using Binlog.Service.GrpcServer;
using Binlog.TiDB.Contracts;
using Google.Protobuf;
using Grpc.Core;

namespace Binlog.Service.Pump.Serving;

/// <summary>PullBinlogs: a small request, then a stream of binlogs that <see cref="PullStream"/> writes. Only so many at a time.</summary>
internal sealed class PullBinlogsMethod(PumpGrpcService service, PullLimit limit) : RawMethod("/binlog.Pump/PullBinlogs")
{
    private const int MaxRequestBytes = 64 * 1024;

    private static readonly Marshaller<PullBinlogReq> Codec = Marshallers.Create(
        (request, serialization) => serialization.Complete(request.ToByteArray()),
        deserialization => PullBinlogReq.Parser.ParseFrom(deserialization.PayloadAsReadOnlySequence()));

    /// <inheritdoc />
    public override async ValueTask InvokeAsync(GrpcCallContext context)
    {
        PullBinlogReq request = await new RequestReader<PullBinlogReq>(context, Codec, MaxRequestBytes).ReadSingleAsync();
        limit.Enter();
        try
        {
            await service.PullAsync(request, context);
        }
        finally
        {
            limit.Leave();
        }
    }
}
