using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Pipelines;
using Binlog.Grpc.Protocol;
using Binlog.Service.GrpcServer;
using Grpc.Core;

namespace Binlog.Service.Pump.Intake;

/// <summary>Reads messages that don't stay in the pipe: large and compressed ones. Thread-safe.</summary>
internal sealed class LargeMessageReader(int maxMessageBytes, IntakeBudget budget)
{
    /// <summary>How many bytes one byte of deflate can become at most.</summary>
    private const long LargestRatio = 1032;

    /// <summary>Waits for room, then reads.</summary>
    /// <param name="context">The call.</param>
    /// <param name="pipe">Its request.</param>
    /// <param name="first">What was read so far; begins with the frame's header.</param>
    /// <param name="length">Length of the message as it comes.</param>
    /// <param name="isCompressed">Whether it is compressed.</param>
    public async ValueTask<ReceivedMessage> ReadAsync(GrpcCallContext context, PipeReader pipe, ReadResult first, int length, bool isCompressed)
    {
        await using var message = new RequestMessageStream(context, pipe, first, length);
        CheckEncoding(context, isCompressed);
        int room = isCompressed ? (int)Math.Min(maxMessageBytes, length * LargestRatio) : length;
        long counted = Math.Max(room, MessageIntake.InPlaceBytes + 1);
        if (!await budget.TakeLargeAsync(counted, context.CancellationToken))
        {
            throw new RpcException(new Status(
                StatusCode.Unavailable,
                $"{IntakeBudget.MaxWaiting} large binlogs wait for room in this Pump's memory already, and this one has {length} bytes. Try again; or raise pump.memoryLimit."));
        }

        MessageBuffer? buffer = null;
        try
        {
            buffer = new MessageBuffer(room);
            int count = isCompressed ? await InflateAsync(message, length, buffer.Memory) : await message.ReadAtLeastAsync(buffer.Memory, room, throwOnEndOfStream: false);
            await message.FinishAsync();
            return new ReceivedMessage(buffer.Memory[..count], budget, counted, buffer, null, default);
        }
        catch
        {
            buffer?.Dispose();
            budget.ReleaseLarge(counted);
            throw;
        }
    }

    private static void CheckEncoding(GrpcCallContext context, bool isCompressed)
    {
        if (!isCompressed || context.RequestEncoding == GrpcHeaders.Gzip)
        {
            return;
        }

        throw context.RequestEncoding is null or GrpcHeaders.Identity
            ? MessageIntake.Malformed($"A message is marked as compressed, but the {GrpcHeaders.Encoding} header is {(context.RequestEncoding is null ? "missing" : "identity")}.")
            : new RpcException(
                new Status(StatusCode.Unimplemented, $"A message is compressed with '{context.RequestEncoding}'; supported: {GrpcHeaders.AcceptedEncodings}."),
                new Metadata { { GrpcHeaders.AcceptEncoding, GrpcHeaders.AcceptedEncodings } });
    }

    /// <summary>Decompresses as the bytes come. The target is what so many bytes can become, so that only the limit can be too small.</summary>
    private async ValueTask<int> InflateAsync(RequestMessageStream message, int length, Memory<byte> target)
    {
        try
        {
            await using var gzip = new GZipStream(message, CompressionMode.Decompress, leaveOpen: true);
            int count = await gzip.ReadAtLeastAsync(target, target.Length, throwOnEndOfStream: false);
            if (count == target.Length && await gzip.ReadAsync(new byte[1]) > 0)
            {
                throw new RpcException(new Status(
                    StatusCode.ResourceExhausted,
                    $"grpc: received message larger than max (more than {count} after decompression vs. {maxMessageBytes} bytes). Raise pump.maxMessageSize on the Pump, or make the transaction smaller."));
            }

            // The decompressor takes truncated data for the end of the data; the member's end says the length (RFC 1952, ISIZE).
            uint expected = BinaryPrimitives.ReadUInt32LittleEndian(message.Tail);
            return length == 0 || expected == (uint)count ? count : throw new InvalidDataException($"it gives {count} bytes and its end says {expected}; it is truncated or damaged.");
        }
        catch (InvalidDataException exception)
        {
            throw MessageIntake.Malformed($"A message of {length} bytes is marked as gzip and can't be decompressed: {exception.Message}");
        }
    }
}
