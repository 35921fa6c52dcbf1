using System.Buffers;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>
/// Reads frames from a stream into one pooled array. Memory grows as bytes arrive, never by what a header merely claims.
/// Not safe for concurrent use.
/// </summary>
internal sealed class FrameStreamReader(Stream stream, int maxMessageBytes, int initialBytes) : IDisposable
{
    // Up to here a message's buffer is rented at once; past it, doubled as the bytes come. A larger one is given back
    // after its message.
    private const int LargeBytes = 1024 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>The message that was read last. Valid until the next read or <see cref="Dispose"/>.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <summary>Whether <see cref="Payload"/> is compressed.</summary>
    public bool Compressed { get; private set; }

    /// <summary>Reads the next frame; <c>false</c> at the end of the stream.</summary>
    /// <exception cref="RpcException">Internal: not a frame. ResourceExhausted: longer than the limit.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        Payload = default;
        while (true)
        {
            var needed = MessageFrame.HeaderSize;
            var available = _end - _start;
            if (available >= MessageFrame.HeaderSize)
            {
                var length = MessageFrame.ReadHeader(_buffer.AsSpan(_start), maxMessageBytes, out var compressed);
                needed = checked(MessageFrame.HeaderSize + length);
                if (available >= needed)
                {
                    Payload = _buffer.AsMemory(_start + MessageFrame.HeaderSize, length);
                    Compressed = compressed;
                    _start += needed;
                    return true;
                }
            }

            MakeRoom(needed);
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return available == 0
                    ? false
                    : throw new EndOfStreamException($"The stream ended within a message: {available} of at least {needed} bytes were received.");
            }

            _end += read;
        }
    }

    public void Dispose()
    {
        Replace([]);
        Payload = default;
        _start = _end = 0;
    }

    /// <summary>Makes room behind the received bytes, for the whole of a usual message or for the next part of a large one.</summary>
    private void MakeRoom(int needed)
    {
        var available = _end - _start;
        var large = needed > LargeBytes;
        var oversized = !large && _buffer.Length > 2 * LargeBytes;
        if (!oversized && available < _buffer.Length && (large || _buffer.Length >= needed))
        {
            if (available == 0 || _buffer.Length - _start < needed || _end == _buffer.Length)
            {
                MoveTo(_buffer);
            }

            return;
        }

        var wanted = large ? Math.Min(needed, Math.Max(LargeBytes, available * 2L)) : Math.Max(needed, initialBytes);
        var other = ArrayPool<byte>.Shared.Rent((int)wanted);
        MoveTo(other);
        Replace(other);
    }

    private void MoveTo(byte[] target)
    {
        var available = _end - _start;
        if (_start > 0 || target != _buffer)
        {
            _buffer.AsSpan(_start, available).CopyTo(target);
        }

        _start = 0;
        _end = available;
    }

    private void Replace(byte[] other)
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = other;
    }
}
