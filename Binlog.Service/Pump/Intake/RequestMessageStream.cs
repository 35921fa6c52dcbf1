using System.Buffers;
using System.IO.Pipelines;
using Binlog.Grpc.Framing;
using Binlog.Service.GrpcServer;
using Grpc.Core;

namespace Binlog.Service.Pump.Intake;

/// <summary>The bytes of a request's one message, as they come, and a check that nothing follows them. One reader, asynchronous only.</summary>
internal sealed class RequestMessageStream : Stream
{
    private readonly GrpcCallContext _context;
    private readonly PipeReader _pipe;
    private readonly byte[] _tail = new byte[sizeof(uint)];
    private ReadOnlySequence<byte> _buffer;
    private bool _isCompleted;
    private bool _isHeld;
    private int _left;
    private int _count;

    /// <param name="context">The call.</param>
    /// <param name="pipe">Its request.</param>
    /// <param name="first">What was read so far; begins with the frame's header.</param>
    /// <param name="length">Length of the message.</param>
    public RequestMessageStream(GrpcCallContext context, PipeReader pipe, ReadResult first, int length)
    {
        _context = context;
        _pipe = pipe;
        _buffer = first.Buffer.Slice(MessageFrame.HeaderSize);
        _isCompleted = first.IsCompleted;
        _isHeld = true;
        _left = length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The last four bytes that were read.</summary>
    public ReadOnlySpan<byte> Tail => _tail;

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_buffer.IsEmpty && _left > 0 && !buffer.IsEmpty)
        {
            await FetchAsync(isEndExpected: false);
        }

        int count = (int)Math.Min(Math.Min(buffer.Length, _left), _buffer.Length);
        _buffer.Slice(0, count).CopyTo(buffer.Span);
        _buffer = _buffer.Slice(count);
        _left -= count;
        _count += count;
        Remember(buffer.Span[..count]);
        return count;
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Returns when the request has ended after the message.</summary>
    /// <exception cref="RpcException">Something follows it.</exception>
    public async ValueTask FinishAsync()
    {
        while (_left > 0 || !_buffer.IsEmpty || !_isCompleted)
        {
            if (_left > 0 || !_buffer.IsEmpty)
            {
                throw MessageIntake.Malformed(_left > 0 ? $"The compressed message ends {_left} bytes before its frame does." : "The request has more than one message; expected one.");
            }

            await FetchAsync(isEndExpected: true);
        }
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing && _isHeld)
        {
            _isHeld = false;
            _pipe.AdvanceTo(_buffer.End);
        }

        base.Dispose(disposing);
    }

    private async ValueTask FetchAsync(bool isEndExpected)
    {
        if (_isCompleted)
        {
            throw MessageIntake.Malformed($"The request ended within a message, {MessageFrame.HeaderSize + _count} bytes after its start.");
        }

        _isHeld = false;
        _pipe.AdvanceTo(_buffer.End);
        ReadResult result = await _pipe.ReadAsync(_context.IoToken);
        _isHeld = true;
        _buffer = result.Buffer;
        _isCompleted = result.IsCompleted;
        if (isEndExpected && !_buffer.IsEmpty)
        {
            throw MessageIntake.Malformed("The request has more than one message; expected one.");
        }
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        int kept = Math.Max(0, _tail.Length - bytes.Length);
        _tail.AsSpan(_tail.Length - kept).CopyTo(_tail);
        bytes[^(_tail.Length - kept)..].CopyTo(_tail.AsSpan(kept));
    }
}
