using System.Buffers.Binary;

namespace Binlog.Grpc.Framing;

/// <summary>The present message of a <see cref="PieceReader"/> as a stream, for a decompressor; remembers how it ends.</summary>
internal sealed class PieceStream(PieceReader reader) : Stream
{
    private ulong _last;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The last four bytes that were read, as a little-endian number: in a gzip member the length of what is in it (RFC 1952, ISIZE).</summary>
    public uint Ending => (uint)(_last >> 32);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Note(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Note(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(ulong))
        {
            _last = BinaryPrimitives.ReadUInt64LittleEndian(bytes[^sizeof(ulong)..]);
            return;
        }

        foreach (var value in bytes)
        {
            _last = (_last >> 8) | ((ulong)value << 56);
        }
    }
}
