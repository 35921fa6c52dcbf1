using System.Buffers;
using System.IO.Pipelines;

namespace Binlog.Service.Pump.Serving;

/// <summary>Counts what is written, and puts it into a response's pipe, flushing as it grows. Asynchronous writes only.</summary>
/// <param name="pipe">Null: only counts.</param>
internal sealed class PullOutput(PipeWriter? pipe) : Stream
{
    private const int FlushBytes = 64 * 1024;

    private long _length;
    private int _unflushed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes written so far.</summary>
    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _length += buffer.Length;
        if (pipe is null)
        {
            return;
        }

        pipe.Write(buffer.Span);
        _unflushed += buffer.Length;
        if (_unflushed >= FlushBytes)
        {
            _unflushed = 0;
            await pipe.FlushAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
