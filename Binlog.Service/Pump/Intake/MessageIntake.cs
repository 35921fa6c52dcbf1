using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Binlog.Grpc.Framing;
using Binlog.Service.GrpcServer;
using Grpc.Core;

namespace Binlog.Service.Pump.Intake;

/// <summary>
/// Reads the one message of a unary request. A small one stays in the request's pipe until it has been dealt with; a large one waits
/// for room before its bytes are read, so that flow control holds its sender back. Thread-safe.
/// </summary>
/// <param name="maxMessageBytes">The longest message that is taken, also after decompression (pump.maxMessageSize).</param>
/// <param name="budget">Room for messages.</param>
internal sealed class MessageIntake(int maxMessageBytes, IntakeBudget budget)
{
    /// <summary>Up to here a message stays in the pipe that it came through.</summary>
    public const int InPlaceBytes = 64 * 1024;

    private readonly LargeMessageReader _large = new(maxMessageBytes, budget);

    /// <summary>Receives the message. Release it.</summary>
    /// <exception cref="RpcException">The request is not one message, the message is too large, or there is no room for it.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReceivedMessage> ReceiveAsync(GrpcCallContext context)
    {
        // No token: the server itself ends reads of a request that was reset, and a caller whose deadline passes resets it.
        PipeReader pipe = context.Http.Request.BodyReader;
        while (true)
        {
            ReadResult result = await pipe.ReadAsync(CancellationToken.None);
            if (TryReadHeader(result, pipe, out int length, out bool isCompressed))
            {
                if (isCompressed || length > InPlaceBytes)
                {
                    return await _large.ReadAsync(context, pipe, result, length, isCompressed);
                }

                if (result.IsCompleted)
                {
                    return TakeInPlace(result, pipe, length);
                }
            }

            pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    internal static RpcException Malformed(string detail) => new(new Status(StatusCode.Internal, detail));

    /// <summary>Reads the frame's header, if it is there, and refuses what can be refused already.</summary>
    private bool TryReadHeader(in ReadResult result, PipeReader pipe, out int length, out bool isCompressed)
    {
        ReadOnlySequence<byte> buffer = result.Buffer;
        length = 0;
        isCompressed = false;
        try
        {
            if (buffer.Length < MessageFrame.HeaderSize)
            {
                return !result.IsCompleted ? false
                    : throw Malformed(buffer.IsEmpty ? "The request has no message; expected one." : $"The request ended within a message, {buffer.Length} bytes after its start.");
            }

            Span<byte> header = stackalloc byte[MessageFrame.HeaderSize];
            buffer.Slice(0, MessageFrame.HeaderSize).CopyTo(header);
            length = MessageFrame.ReadHeader(header, int.MaxValue, out isCompressed);
            if (length > maxMessageBytes)
            {
                throw TooLarge(length);
            }

            long rest = buffer.Length - MessageFrame.HeaderSize - length;
            return rest > 0 ? throw Malformed("The request has more than one message; expected one.")
                : rest < 0 && result.IsCompleted ? throw Malformed($"The request ended within a message, {buffer.Length} bytes after its start.")
                : true;
        }
        catch
        {
            pipe.AdvanceTo(buffer.End);
            throw;
        }
    }

    private ReceivedMessage TakeInPlace(in ReadResult result, PipeReader pipe, int length)
    {
        ReadOnlySequence<byte> message = result.Buffer.Slice(MessageFrame.HeaderSize);
        SequencePosition end = result.Buffer.End;
        if (!budget.TryTakeSmall(length))
        {
            pipe.AdvanceTo(end);
            throw new RpcException(new Status(StatusCode.Unavailable, $"Too many binlogs wait for this Pump's disk ({budget.InFlight} bytes). Try again; or raise pump.memoryLimit."));
        }

        if (message.IsSingleSegment)
        {
            return new ReceivedMessage(message.First, budget, length, null, pipe, end);
        }

        var buffer = new MessageBuffer(length);
        message.CopyTo(buffer.Memory.Span);
        pipe.AdvanceTo(end);
        return new ReceivedMessage(buffer.Memory, budget, length, buffer, null, default);
    }

    // TiDB's Pump Client looks for the words "received message larger than max" to report a transaction that is too large
    // instead of trying again.
    private RpcException TooLarge(long length) => new(new Status(
        StatusCode.ResourceExhausted,
        $"grpc: received message larger than max ({length} vs. {maxMessageBytes} bytes). Raise pump.maxMessageSize on the Pump, or make the transaction smaller."));
}
