using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>
/// Length-prefixed message (PROTOCOL-HTTP2, "Length-Prefixed-Message"): 1 byte compressed flag (0 or 1), 4 bytes big endian
/// length, then the message. Pure functions.
/// </summary>
internal static class MessageFrame
{
    public const int HeaderSize = 5;

    public static void WriteHeader(Span<byte> destination, bool compressed, int payloadLength)
    {
        destination[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)payloadLength);
    }

    /// <summary>Reads a header of <see cref="HeaderSize"/> bytes and checks the length before anybody allocates for it.</summary>
    /// <param name="source">At least <see cref="HeaderSize"/> bytes.</param>
    /// <param name="maxPayloadBytes">The longest message that is taken.</param>
    /// <param name="compressed">Whether the message is compressed.</param>
    /// <returns>Length of the message in bytes.</returns>
    /// <exception cref="RpcException">Internal: not a frame. ResourceExhausted: longer than the limit.</exception>
    public static int ReadHeader(ReadOnlySpan<byte> source, int maxPayloadBytes, out bool compressed)
    {
        var flag = source[0];
        if (flag > 1)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"Not a gRPC message: the compressed flag is {flag}, expected 0 or 1."));
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(source[1..]);
        if (length > (uint)maxPayloadBytes)
        {
            throw MessageLimits.TooLargeToReceive(length, maxPayloadBytes);
        }

        compressed = flag == 1;
        return (int)length;
    }

    /// <summary>Takes the next message off the buffer, without copying it.</summary>
    /// <param name="buffer">Bytes received; set to what follows the message when there is one.</param>
    /// <param name="maxPayloadBytes">The longest message that is taken.</param>
    /// <param name="compressed">Whether the message is compressed.</param>
    /// <param name="payload">The message; part of the buffer.</param>
    /// <returns><c>false</c> if more bytes are needed.</returns>
    /// <exception cref="RpcException">Internal: not a frame. ResourceExhausted: longer than the limit.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxPayloadBytes, out bool compressed, out ReadOnlySequence<byte> payload)
    {
        compressed = false;
        payload = default;
        if (buffer.Length < HeaderSize)
        {
            return false;
        }

        int length;
        if (buffer.FirstSpan.Length >= HeaderSize)
        {
            length = ReadHeader(buffer.FirstSpan, maxPayloadBytes, out compressed);
        }
        else
        {
            Span<byte> header = stackalloc byte[HeaderSize];
            buffer.Slice(0, HeaderSize).CopyTo(header);
            length = ReadHeader(header, maxPayloadBytes, out compressed);
        }

        if (buffer.Length - HeaderSize < length)
        {
            return false;
        }

        payload = buffer.Slice(HeaderSize, length);
        buffer = buffer.Slice(payload.End);
        return true;
    }
}
