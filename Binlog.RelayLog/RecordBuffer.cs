using System.Buffers;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog;

/// <summary>One record read by position, in a pooled buffer that goes back on disposal.</summary>
public sealed class RecordBuffer : IDisposable
{
    private readonly int _length;
    private byte[]? _array;

    internal RecordBuffer(LogPosition position, in RecordHeader header, byte[] array)
    {
        Position = position;
        Sequence = header.Sequence;
        Tag = header.Tag;
        End = position with { Offset = position.Offset + header.RecordSize };
        _length = header.PayloadLength;
        _array = array;
    }

    /// <summary>Where the record begins.</summary>
    public LogPosition Position { get; }

    /// <summary>First byte after the record.</summary>
    public LogPosition End { get; }

    /// <summary>The record's number in the log.</summary>
    public ulong Sequence { get; }

    /// <summary>What the appender said about it.</summary>
    public RecordTag Tag { get; }

    /// <summary>The record's bytes, valid until disposal.</summary>
    public ReadOnlyMemory<byte> Payload =>
        (_array ?? throw new ObjectDisposedException(nameof(RecordBuffer))).AsMemory(RecordHeader.Size, _length);

    public void Dispose()
    {
        byte[]? array = Interlocked.Exchange(ref _array, null);
        if (array is not null)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
