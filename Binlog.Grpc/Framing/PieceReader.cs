using System.Buffers;
using Grpc.Core;

namespace Binlog.Grpc.Framing;

/// <summary>
/// Reads frames from a stream and hands their messages out in pieces, as they were sent. Memory: one buffer of 64 KiB, whatever a message has or its
/// header claims. Not safe for concurrent use.
/// </summary>
internal sealed class PieceReader(Stream stream) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private int _start;
    private int _end;
    private int _left;

    /// <summary>Whether the message is compressed.</summary>
    public bool Compressed { get; private set; }

    /// <summary>Length of the message in bytes, as it was sent.</summary>
    public int Length { get; private set; }

    /// <summary>Moves to the next message, over what is left of the last one; <c>false</c> at the end of the stream.</summary>
    /// <exception cref="RpcException">Internal: not a frame. ResourceExhausted: longer than 2,147,483,647 bytes.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        while (_left > 0)
        {
            await SkipAsync(cancellationToken).ConfigureAwait(false);
        }

        while (_end - _start < MessageFrame.HeaderSize)
        {
            var available = _end - _start;
            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
            {
                return available == 0 ? false : throw Truncated(available, MessageFrame.HeaderSize);
            }
        }

        Length = MessageFrame.ReadHeader(_buffer.AsSpan(_start), int.MaxValue, out var compressed);
        Compressed = compressed;
        _left = Length;
        _start += MessageFrame.HeaderSize;
        return true;
    }

    /// <summary>Reads the message's next bytes; 0 at its end.</summary>
    /// <exception cref="EndOfStreamException">The stream ends within the message.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        var count = Math.Min(target.Length, _left);
        if (count == 0)
        {
            return 0;
        }

        if (_start == _end && count < BufferBytes && !await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Truncated(Length - _left, Length);
        }

        if (_start < _end)
        {
            count = Math.Min(count, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(target.Span);
            _start += count;
        }
        else
        {
            count = await stream.ReadAsync(target[..count], cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw Truncated(Length - _left, Length);
            }
        }

        _left -= count;
        return count;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _start = _end = _left = 0;
        }
    }

    private async ValueTask SkipAsync(CancellationToken cancellationToken)
    {
        if (_start == _end && !await FillAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Truncated(Length - _left, Length);
        }

        var count = Math.Min(_left, _end - _start);
        _start += count;
        _left -= count;
    }

    /// <summary>Gets more bytes behind those that are left; <c>false</c> at the end of the stream.</summary>
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    private static EndOfStreamException Truncated(int received, int needed) =>
        new($"The stream ended within a message: {received} of at least {needed} bytes were received.");
}
