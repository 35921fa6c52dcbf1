using System.Buffers;
using System.IO.Pipelines;
using Binlog.Grpc.Framing;
using Grpc.Core;

namespace Binlog.Service.GrpcServer;

/// <summary>
/// Serializes messages straight into a pipe when their length is announced, else by way of a pooled buffer. Counts what
/// is written, because a frame whose header lies can't be taken back.
/// </summary>
internal sealed class PipeSerializationContext(PipeWriter pipe, int maxMessageBytes) : SerializationContext, IBufferWriter<byte>
{
    private PooledBuffer? _unannounced;
    private int _announced;
    private long _written;
    private bool _completed;

    /// <summary>Whether the last write left part of a frame in the pipe.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Writes a frame.</summary>
    /// <returns>Its length in bytes.</returns>
    public long Write<T>(Marshaller<T> marshaller, T message)
    {
        _announced = -1;
        _written = 0;
        _completed = false;
        try
        {
            marshaller.ContextualSerializer(message, this);
            if (!_completed)
            {
                throw new InvalidOperationException($"The serializer of {typeof(T).Name} did not call Complete.");
            }

            if (_unannounced is not null)
            {
                WriteWhole(_unannounced.WrittenSpan);
            }
            else if (_written != _announced)
            {
                throw new InvalidOperationException($"The serializer of {typeof(T).Name} announced {_announced} bytes and wrote {_written}.");
            }

            return _written + MessageFrame.HeaderSize;
        }
        catch
        {
            IsBroken = _announced >= 0;
            throw;
        }
        finally
        {
            _unannounced?.Dispose();
            _unannounced = null;
        }
    }

    public override void SetPayloadLength(int payloadLength)
    {
        if (payloadLength > maxMessageBytes)
        {
            throw MessageLimits.TooLargeToSend(payloadLength, maxMessageBytes);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        MessageFrame.WriteHeader(pipe.GetSpan(MessageFrame.HeaderSize), compressed: false, payloadLength);
        pipe.Advance(MessageFrame.HeaderSize);
        _announced = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter() =>
        _announced >= 0 ? this : _unannounced ??= new PooledBuffer(maxMessageBytes, MessageLimits.TooLargeToSend);

    public override void Complete() => _completed = true;

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        WriteWhole(payload);
        _completed = true;
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        _written += count;
        pipe.Advance(count);
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => pipe.GetMemory(sizeHint);

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => pipe.GetSpan(sizeHint);

    private void WriteWhole(ReadOnlySpan<byte> payload)
    {
        if (_announced < 0)
        {
            SetPayloadLength(payload.Length);
        }

        pipe.Write(payload);
        _written = payload.Length;
    }
}
