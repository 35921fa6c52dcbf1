using System.Buffers;
using System.Globalization;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog;

/// <summary>
/// Reads records by position for one reader whose positions move forward on the whole: the newest from memory, others from a
/// window that is read ahead, those that lie far behind one by one. Not thread-safe.
/// </summary>
/// <remarks>Memory: one window within the log's budget, and two buffers for single records of at most <see cref="LargeBytes"/>.</remarks>
public sealed class RecordWindow : IDisposable
{
    /// <summary>A payload above this length is not read into memory.</summary>
    public const int LargeBytes = 128 * 1024;

    /// <summary>Enough for most records in one read.</summary>
    private const int FirstReadSize = 4096;

    private readonly LogState _state;
    private readonly RecordFetcher _fetcher;
    private readonly LogTail? _tail;
    private readonly WindowBudget _budget;
    private byte[] _window = [];
    private byte[] _single = [];
    private byte[] _kept = [];
    private Segment? _segment;
    private Segment? _tailSegment;
    private long _from;
    private int _count;
    private bool _disposed;

    internal RecordWindow(LogState state, RecordFetcher fetcher, LogTail? tail, WindowBudget budget)
    {
        _state = state;
        _fetcher = fetcher;
        _tail = tail;
        _budget = budget;
        budget.Enter();
    }

    /// <summary>Reads the record at a position and checks it.</summary>
    /// <param name="position">Where a flushed record begins.</param>
    /// <param name="keep">Whether the payload stays valid until the next call that keeps; otherwise until the next call.</param>
    /// <exception cref="CorruptLogException">No intact record begins there.</exception>
    /// <exception cref="RetentionGapException">Retention removed it.</exception>
    /// <exception cref="PositionNotFoundException">The log ends before it.</exception>
    /// <exception cref="LogReadException">The operating system failed to read; the call may be repeated.</exception>
    public WindowedRecord Read(LogPosition position, bool keep)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!TryReadTail(position, out WindowedRecord record))
        {
            record = IsBehind(position) ? ReadSingle(position) : ReadAhead(position);
        }

        return keep && record.Large is null ? Keep(record) : record;
    }

    /// <summary>Gives the memory back while the reader rests. What was read is no longer valid.</summary>
    public void Release()
    {
        Return(ref _window);
        Return(ref _single);
        Return(ref _kept);
        _segment = null;
        _count = 0;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Release();
            _budget.Leave();
        }
    }

    private static void Return(ref byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = [];
        }
    }

    private static void EnsureRoom(ref byte[] buffer, int needed, int kept = 0)
    {
        if (buffer.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(needed);
            buffer.AsSpan(0, kept).CopyTo(larger);
            Return(ref buffer);
            buffer = larger;
        }
    }

    private bool TryReadTail(LogPosition position, out WindowedRecord record)
    {
        record = default;
        if (_tail is null)
        {
            return false;
        }

        EnsureRoom(ref _single, FirstReadSize);
        int count = _tail.Copy(position, _single.AsSpan(0, FirstReadSize));
        if (count < RecordHeader.Size)
        {
            return false;
        }

        if (_tailSegment?.Number != position.Segment)
        {
            _tailSegment = Locate(position).Segment;
        }

        if (!RecordHeader.TryRead(_single, _tailSegment.RecordSeed, out RecordHeader header) || header.PayloadLength > LargeBytes)
        {
            return false;
        }

        int total = RecordHeader.Size + header.PayloadLength;
        if (count < total)
        {
            EnsureRoom(ref _single, total, count);
            LogPosition rest = position with { Offset = position.Offset + count };
            if (_tail.Copy(rest, _single.AsSpan(count, total - count)) < total - count)
            {
                return false;
            }
        }

        ReadOnlyMemory<byte> payload = _single.AsMemory(RecordHeader.Size, header.PayloadLength);
        record = new WindowedRecord(header.Tag, header.PayloadLength, payload, null);
        return Crc32C.Compute(payload.Span) == header.PayloadChecksum;
    }

    private WindowedRecord ReadAhead(LogPosition position)
    {
        if (!Covers(position, RecordHeader.Size))
        {
            Fill(position);
        }

        RecordHeader header = ParseHeader(_window.AsSpan(0, _count)[(int)Math.Min(_count, position.Offset - _from)..], _segment!, position);
        long total = RecordHeader.Size + (long)header.PayloadLength;
        if (!Covers(position, total))
        {
            if (total > _budget.WindowBytes / 2)
            {
                return ReadSingle(position);
            }

            Fill(position);
            if (!Covers(position, total))
            {
                throw Damaged(_segment!, position, Text($"record {header.Sequence} of {total} bytes"), Text($"{_from + _count - position.Offset} bytes before the end"));
            }
        }

        return header.PayloadLength > LargeBytes
            ? Large(header, _segment!, position)
            : Check(_window, (int)(position.Offset - _from), header, _segment!, position);
    }

    private WindowedRecord ReadSingle(LogPosition position)
    {
        SegmentLimit limit = Locate(position);
        long available = limit.Length - position.Offset;
        EnsureRoom(ref _single, FirstReadSize);
        int count = _fetcher.ReadBytes(limit.Segment, _single.AsSpan(0, (int)Math.Min(FirstReadSize, available)), position.Offset);
        RecordHeader header = ParseHeader(_single.AsSpan(0, count), limit.Segment, position);
        if (header.RecordSize > available)
        {
            throw Damaged(limit.Segment, position, Text($"record {header.Sequence} of {header.RecordSize} bytes"), Text($"{available} bytes before the end"));
        }

        if (header.PayloadLength > LargeBytes)
        {
            return Large(header, limit.Segment, position);
        }

        int total = RecordHeader.Size + header.PayloadLength;
        if (count < total)
        {
            EnsureRoom(ref _single, total, count);
            count += _fetcher.ReadBytes(limit.Segment, _single.AsSpan(count, total - count), position.Offset + count);
            if (count < total)
            {
                throw Damaged(limit.Segment, position, Text($"record {header.Sequence} of {total} bytes"), Text($"{count} bytes before the end"));
            }
        }

        return Check(_single, 0, header, limit.Segment, position);
    }

    /// <summary>Moves the window so that most of it lies after the position, and some of it before, where prewrites are.</summary>
    private void Fill(LogPosition position)
    {
        SegmentLimit limit = Locate(position);
        int size = _budget.WindowBytes;
        long from = Math.Max(SegmentHeader.Size, position.Offset - (size / 4));
        if (_segment == limit.Segment && from >= _from && from <= _from + _count)
        {
            int dropped = (int)(from - _from);
            _count -= dropped;
            _window.AsSpan(dropped, _count).CopyTo(_window);
        }
        else if (_segment == limit.Segment && from < _from && position.Offset <= _from + _count)
        {
            from = _from;
        }
        else
        {
            _count = 0;
        }

        _segment = limit.Segment;
        _from = from;
        if (_window.Length > 2 * size && _count <= size)
        {
            byte[] smaller = ArrayPool<byte>.Shared.Rent(size);
            _window.AsSpan(0, _count).CopyTo(smaller);
            Return(ref _window);
            _window = smaller;
        }

        EnsureRoom(ref _window, size, _count);
        int wanted = (int)Math.Min(Math.Max(size, _count) - _count, limit.Length - _from - _count);
        _count += wanted <= 0 ? 0 : _fetcher.ReadBytes(limit.Segment, _window.AsSpan(_count, wanted), _from + _count);
    }

    private bool IsBehind(LogPosition position) =>
        _segment is not null && (position.Segment < _segment.Number || (position.Segment == _segment.Number && position.Offset < _from));

    private bool Covers(LogPosition position, long length) =>
        _segment is not null && position.Segment == _segment.Number && position.Offset >= _from && position.Offset + length <= _from + _count;

    private SegmentLimit Locate(LogPosition position)
    {
        SegmentLimit limit = _state.Locate(position);
        return limit.Segment.Number == position.Segment && position.Offset >= SegmentHeader.Size && position.Offset < limit.Length
            ? limit
            : throw Damaged(limit.Segment, position, "a record", "the end of the segment");
    }

    private static RecordHeader ParseHeader(ReadOnlySpan<byte> bytes, Segment segment, LogPosition position)
    {
        if (bytes.Length < RecordHeader.Size)
        {
            throw Damaged(segment, position, "a record header of 48 bytes", Text($"{bytes.Length} bytes before the end"));
        }

        if (!RecordHeader.TryRead(bytes, segment.RecordSeed, out RecordHeader header))
        {
            (string expected, string found) = RecordHeader.Explain(bytes, segment.RecordSeed);
            throw Damaged(segment, position, expected, found);
        }

        return header;
    }

    private static WindowedRecord Check(byte[] buffer, int at, in RecordHeader header, Segment segment, LogPosition position)
    {
        ReadOnlyMemory<byte> payload = buffer.AsMemory(at + RecordHeader.Size, header.PayloadLength);
        uint checksum = Crc32C.Compute(payload.Span);
        return checksum == header.PayloadChecksum
            ? new WindowedRecord(header.Tag, header.PayloadLength, payload, null)
            : throw Damaged(segment, position, Text($"payload checksum 0x{header.PayloadChecksum:X8} for record {header.Sequence}"), Text($"payload checksum 0x{checksum:X8}"));
    }

    private WindowedRecord Large(in RecordHeader header, Segment segment, LogPosition position) =>
        new(header.Tag, header.PayloadLength, default, new LargeRecord(_fetcher, segment, position, header));

    private WindowedRecord Keep(in WindowedRecord record)
    {
        EnsureRoom(ref _kept, record.PayloadLength);
        record.Payload.CopyTo(_kept);
        return record with { Payload = _kept.AsMemory(0, record.PayloadLength) };
    }

    private static CorruptLogException Damaged(Segment segment, LogPosition position, string expected, string found) =>
        new(segment.Path, position.Offset, expected, found);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
