using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Binlog.Grpc.Framing;
using Binlog.Service.GrpcServer;
using Binlog.Service.Pump.Intake;
using Grpc.Core;

namespace Binlog.Service.Pump.Serving;

/// <summary>WriteBinlog: the message goes from the request's memory to the store without a copy, and the answer is always the same.</summary>
internal sealed class WriteBinlogMethod(PumpGrpcService service, MessageIntake intake) : RawMethod(MethodType.Unary, "binlog.Pump", "WriteBinlog")
{
    /// <inheritdoc />
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask InvokeAsync(GrpcCallContext context)
    {
        ReceivedMessage message = await intake.ReceiveAsync(context);
        try
        {
            await service.WriteAsync(message.Message);
        }
        catch (Exception exception) when (exception is not RpcException && service.Refuse(exception) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
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
