using System.Buffers;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Committing;

/// <summary>Collects encoded records and writes them to a file in large pieces. Not thread-safe.</summary>
internal sealed class GroupBuffer(LogTail? tail) : IDisposable
{
    private const int Capacity = 1 << 20;

    /// <summary>Payloads from this size on are written straight from the caller's memory.</summary>
    private const int DirectSize = 256 * 1024;

    private static readonly byte[] Padding = new byte[RecordHeader.Alignment];
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(Capacity);
    private ulong _segment;
    private int _count;

    /// <summary>Where the next byte goes.</summary>
    public long Offset { get; private set; }

    /// <summary>Forgets what wasn't written and continues at <paramref name="offset"/> of a segment.</summary>
    public void Restart(ulong segment, long offset)
    {
        tail?.Discard();
        _segment = segment;
        Offset = offset;
        _count = 0;
    }

    public void Add(ILogFile file, in RecordHeader header, ReadOnlySpan<byte> payload, uint seed)
    {
        if (RecordHeader.Size > _buffer.Length - _count)
        {
            WriteOut(file);
        }

        header.Write(_buffer.AsSpan(_count), seed);
        Advance(RecordHeader.Size);
        if (payload.Length >= DirectSize)
        {
            WriteOut(file);
            file.Write(payload, Offset);
            Offset += payload.Length;
        }
        else
        {
            Append(file, payload);
        }

        Append(file, Padding.AsSpan(0, (int)(header.RecordSize - RecordHeader.Size - payload.Length)));
    }

    public void WriteOut(ILogFile file)
    {
        if (_count > 0)
        {
            Span<byte> bytes = _buffer.AsSpan(0, _count);
            file.Write(bytes, Offset - _count);
            tail?.Append(_segment, Offset - _count, bytes);
            _count = 0;
        }
    }

    /// <summary>What was written out is flushed.</summary>
    public void Publish() => tail?.Publish();

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Append(ILogFile file, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _count)
        {
            WriteOut(file);
        }

        bytes.CopyTo(_buffer.AsSpan(_count));
        Advance(bytes.Length);
    }

    private void Advance(int count)
    {
        _count += count;
        Offset += count;
    }
}
