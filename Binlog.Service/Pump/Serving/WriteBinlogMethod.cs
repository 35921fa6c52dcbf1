using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Binlog.Grpc.Framing;
using Binlog.Service.GrpcServer;
using Binlog.Service.Pump.Intake;
using Binlog.Service.Pump.Leaving;
using Binlog.Service.Pump.Measuring;
using Grpc.Core;

namespace Binlog.Service.Pump.Serving;

/// <summary>WriteBinlog: the message goes from the request's memory to the store without a copy, and the answer is always the same.</summary>
internal sealed class WriteBinlogMethod(PumpGrpcService service, MessageIntake intake, WritesInFlight inFlight, WriteMeter meter) : RawMethod("/binlog.Pump/WriteBinlog")
{
    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask InvokeAsync(GrpcCallContext context)
    {
        ReceivedMessage message = await intake.ReceiveAsync(context);
        int slot = inFlight.Enter();
        try
        {
            AcceptedBinlog binlog = service.Accept(message.Message);
            if (!binlog.Header.IsProbe)
            {
                (ulong startTs, int bytes, long begun) = (binlog.Header.StartTs, binlog.Payload.Length, meter.Begin());
                await service.StoreAsync(binlog);
                meter.End(begun, startTs, bytes);
            }
        }
        catch (Exception exception) when (exception is not RpcException && service.Refuse(exception) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
            inFlight.Leave(slot);
            message.Release();
        }

        if (!context.HasDeadlinePassed)
        {
            WriteAnswer(context);
        }
    }

    /// <summary>A WriteBinlogResp without an error is an empty message.</summary>
    private static void WriteAnswer(GrpcCallContext context)
    {
        PipeWriter pipe = context.Http.Response.BodyWriter;
        MessageFrame.WriteHeader(pipe.GetSpan(MessageFrame.HeaderSize), compressed: false, 0);
        pipe.Advance(MessageFrame.HeaderSize);
        context.HasBody = true;
    }
}
