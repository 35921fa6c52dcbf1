using System.Globalization;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog;

/// <summary>A record that is read from its file in pieces, because it is, or may be, too large for memory to be spent on it. Thread-safe.</summary>
public sealed class LargeRecord
{
    private readonly RecordFetcher _fetcher;
    private readonly Segment _segment;
    private readonly RecordHeader _header;

    internal LargeRecord(RecordFetcher fetcher, Segment segment, LogPosition position, in RecordHeader header)
    {
        _fetcher = fetcher;
        _segment = segment;
        _header = header;
        Position = position;
    }

    /// <summary>Where the record begins.</summary>
    public LogPosition Position { get; }

    /// <summary>First byte after the record.</summary>
    public LogPosition End => Position with { Offset = Position.Offset + _header.RecordSize };

    /// <summary>The record's number in the log.</summary>
    public ulong Sequence => _header.Sequence;

    /// <summary>What the appender said about it.</summary>
    public RecordTag Tag => _header.Tag;

    /// <summary>Length of the payload in bytes.</summary>
    public int Length => _header.PayloadLength;

    /// <summary>Fills the target with the payload's bytes from an offset on.</summary>
    /// <param name="target">Not longer than what follows <paramref name="offset"/>.</param>
    /// <param name="offset">0 to <see cref="Length"/>.</param>
    /// <exception cref="CorruptLogException">The file ends before.</exception>
    /// <exception cref="RetentionGapException">Retention removed the record.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public void Read(Span<byte> target, int offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, Length - offset, nameof(target));
        int read = _fetcher.ReadBytes(_segment, target, Position.Offset + RecordHeader.Size + offset);
        if (read < target.Length)
        {
            throw new CorruptLogException(_segment.Path, Position.Offset, Text($"a payload of {Length} bytes"), Text($"{offset + read} bytes before the end"));
        }
    }

    /// <summary>The whole payload, checked. Only for one of at most <see cref="RecordWindow.LargeBytes"/>.</summary>
    /// <exception cref="RelayLogException">The record is damaged or gone.</exception>
    public byte[] ReadWhole()
    {
        if (Length > RecordWindow.LargeBytes)
        {
            throw new InvalidOperationException(Text($"The record at {Position} has {Length} bytes; at most {RecordWindow.LargeBytes} are read at once."));
        }

        byte[] payload = new byte[Length];
        Read(payload, 0);
        LargeRecordCheck check = BeginCheck();
        check.Add(payload);
        check.Verify();
        return payload;
    }

    /// <summary>Begins a checksum over the payload, to be fed in order.</summary>
    public LargeRecordCheck BeginCheck() => new(this);

    internal void Verify(uint checksum)
    {
        if (checksum != _header.PayloadChecksum)
        {
            throw new CorruptLogException(
                _segment.Path,
                Position.Offset,
                Text($"payload checksum 0x{_header.PayloadChecksum:X8} for record {_header.Sequence}"),
                Text($"payload checksum 0x{checksum:X8}"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
