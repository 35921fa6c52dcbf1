using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>gzip for message payloads. What comes out of a received message is bounded while it comes out.</summary>
internal static class GzipCodec
{
    private const int ChunkBytes = 16 * 1024;

    // Header and trailer of a gzip member, with nothing between them.
    private const int MinimumBytes = 18;

    /// <summary>Appends the compressed form of the payload.</summary>
    public static void Compress(ReadOnlySpan<byte> payload, PooledBuffer destination)
    {
        using var output = new BufferWriterStream(destination);
        using var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        gzip.Write(payload);
    }

    /// <summary>Appends the payload's original form.</summary>
    /// <exception cref="RpcException">Internal: not valid gzip. ResourceExhausted: the result is over the limit of the destination.</exception>
    public static void Decompress(in ReadOnlySequence<byte> payload, PooledBuffer destination)
    {
        try
        {
            using var input = new SequenceStream(payload);
            using var gzip = new GZipStream(input, CompressionMode.Decompress, leaveOpen: true);
            while (true)
            {
                var read = gzip.Read(destination.GetSpan(ChunkBytes));
                if (read == 0)
                {
                    break;
                }

                destination.Advance(read);
            }

            CheckLength(payload, destination.Length);
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"A message of {payload.Length} bytes is marked as gzip and can't be decompressed: {e.Message}", e));
        }
    }

    /// <summary>
    /// Compares with the length that ends a gzip member (RFC 1952, ISIZE): the decompressor takes truncated data for the
    /// end of the data.
    /// </summary>
    private static void CheckLength(in ReadOnlySequence<byte> payload, int length)
    {
        if (payload.IsEmpty)
        {
            return;
        }

        if (payload.Length < MinimumBytes)
        {
            throw new InvalidDataException("it is shorter than an empty gzip file.");
        }

        Span<byte> trailer = stackalloc byte[sizeof(uint)];
        payload.Slice(payload.Length - sizeof(uint)).CopyTo(trailer);
        var expected = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (expected != (uint)length)
        {
            throw new InvalidDataException($"it gives {length} bytes and its end says {expected}; it is truncated or damaged.");
        }
    }
}
