using System.Buffers;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>Serializes one message into a pooled array, with its frame header in front. Not safe for concurrent use.</summary>
internal sealed class FrameBuffer : SerializationContext, IDisposable
{
    private readonly int _maxMessageBytes;
    private PooledBuffer _buffer;
    private bool _completed;

    public FrameBuffer(int maxMessageBytes)
    {
        _maxMessageBytes = maxMessageBytes;
        _buffer = new PooledBuffer((int)Math.Min((long)maxMessageBytes + MessageFrame.HeaderSize, Array.MaxLength), TooLarge);
    }

    /// <summary>Header and message. Valid until the next <see cref="Write"/> or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Frame => _buffer.WrittenMemory;

    /// <summary>Replaces the content by the frame of a message.</summary>
    /// <exception cref="RpcException">ResourceExhausted: over the limit. Internal: the serializer failed.</exception>
    public void Write<T>(Marshaller<T> marshaller, T message, bool compress)
    {
        _buffer.Clear();
        _completed = false;
        _buffer.EnsureRoom(MessageFrame.HeaderSize);
        _buffer.Advance(MessageFrame.HeaderSize);
        try
        {
            marshaller.ContextualSerializer(message, this);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"A message of type {typeof(T).Name} can't be serialized: {e.Message}", e));
        }

        if (!_completed)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The serializer of {typeof(T).Name} did not call Complete."));
        }

        if (compress)
        {
            Compress();
        }

        MessageFrame.WriteHeader(_buffer.WrittenSpan, compress, _buffer.Length - MessageFrame.HeaderSize);
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > _maxMessageBytes)
        {
            throw MessageLimits.TooLargeToSend(payloadLength, _maxMessageBytes);
        }

        _buffer.EnsureRoom(payloadLength);
    }

    public override IBufferWriter<byte> GetBufferWriter() => _buffer;

    public override void Complete() => _completed = true;

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        SetPayloadLength(payload.Length);
        _buffer.Write(payload);
        _completed = true;
    }

    public void Dispose() => _buffer.Dispose();

    private static RpcException TooLarge(long length, int limit) =>
        MessageLimits.TooLargeToSend(length - MessageFrame.HeaderSize, limit - MessageFrame.HeaderSize);

    private void Compress()
    {
        var compressed = new PooledBuffer(Array.MaxLength, TooLarge);
        compressed.EnsureRoom(MessageFrame.HeaderSize);
        compressed.Advance(MessageFrame.HeaderSize);
        try
        {
            GzipCodec.Compress(_buffer.WrittenSpan[MessageFrame.HeaderSize..], compressed);
        }
        catch
        {
            compressed.Dispose();
            throw;
        }

        _buffer.Dispose();
        _buffer = compressed;
    }
}
