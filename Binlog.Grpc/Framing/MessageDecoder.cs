using System.Buffers;
using Binlog.Grpc.Protocol;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>Turns received payloads into messages. One per call; not safe for concurrent use.</summary>
/// <param name="marshaller">Codec of the message.</param>
/// <param name="maxMessageBytes">The longest message that is taken, also after decompression.</param>
/// <param name="unknownEncoding">Status when a message is compressed in a way that isn't known here.</param>
internal sealed class MessageDecoder<T>(Marshaller<T> marshaller, int maxMessageBytes, StatusCode unknownEncoding) : DeserializationContext
{
    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    /// <summary>Decodes one message.</summary>
    /// <param name="payload">The message without its frame header.</param>
    /// <param name="compressed">The flag of its frame header.</param>
    /// <param name="encoding">Value of the grpc-encoding header, if any.</param>
    /// <exception cref="RpcException">The payload is damaged, too large when decompressed, or compressed in an unknown way.</exception>
    public T Decode(in ReadOnlySequence<byte> payload, bool compressed, string? encoding) =>
        compressed ? DecodeCompressed(payload, encoding) : Deserialize(payload);

    private T DecodeCompressed(in ReadOnlySequence<byte> payload, string? encoding)
    {
        if (encoding is null or GrpcHeaders.Identity)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"A message is marked as compressed, but the {GrpcHeaders.Encoding} header is {(encoding is null ? "missing" : "identity")}."));
        }

        if (encoding != GrpcHeaders.Gzip)
        {
            throw new RpcException(
                new Status(unknownEncoding, $"A message is compressed with '{encoding}'; supported: {GrpcHeaders.AcceptedEncodings}."),
                new Metadata { { GrpcHeaders.AcceptEncoding, GrpcHeaders.AcceptedEncodings } });
        }

        using var inflated = new PooledBuffer(maxMessageBytes, MessageLimits.InflatedTooLarge);
        GzipCodec.Decompress(payload, inflated);
        return Deserialize(new ReadOnlySequence<byte>(inflated.WrittenMemory));
    }

    private T Deserialize(in ReadOnlySequence<byte> payload)
    {
        _payload = payload;
        try
        {
            return marshaller.ContextualDeserializer(this);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"A message of {payload.Length} bytes can't be read as {typeof(T).Name}: {e.Message}", e));
        }
        finally
        {
            _payload = default;
        }
    }
}
