using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog;

/// <summary>Reads records in order, flushed ones only. Not thread-safe; any number of readers may run beside each other and the appenders.</summary>
public sealed class LogReader : IDisposable
{
    private readonly LogState _state;
    private Segment _segment;
    private RecordCursor? _cursor;
    private long _offset;
    private bool _disposed;

    internal LogReader(LogState state, Segment segment, long offset)
    {
        _state = state;
        _segment = segment;
        _offset = Math.Max(offset, SegmentHeader.Size);
    }

    /// <summary>A longer payload is checked but not handed out: the record's payload is empty then, and takes no memory. Default: none is.</summary>
    public int LongestPayload
    {
        get;
        set
        {
            field = value;
            if (_cursor is not null)
            {
                _cursor.LongestPayload = value;
            }
        }
    } = int.MaxValue;

    /// <summary>Where the next record begins, or will: the end of the one read last.</summary>
    public LogPosition Position => new(_segment.Number, _cursor?.Offset ?? _offset);

    /// <summary>Reads the next record; false at the flushed end of the log. The record's payload is valid until the next call.</summary>
    /// <exception cref="CorruptLogException">What follows isn't an intact record (or the reader was opened inside one). The reader doesn't move.</exception>
    /// <exception cref="RetentionGapException">Retention has overtaken the reader.</exception>
    /// <exception cref="LogReadException">The operating system failed to read; the call may be repeated.</exception>
    /// <exception cref="RecordTooLargeException">The record is larger than the limit in the options.</exception>
    public bool TryRead(out LogRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        RecordCursor cursor = _cursor ??= OpenCursor(_offset, nextSequence: 0);
        while (cursor.Offset >= cursor.Limit)
        {
            SegmentLimit limit = _state.Locate(Position);
            if (limit.Segment != _segment)
            {
                cursor = MoveTo(limit.Segment, cursor);
            }
            else if (cursor.Offset < limit.Length)
            {
                cursor.Limit = limit.Length;
            }
            else
            {
                record = default;
                return false;
            }
        }

        long offset = cursor.Offset;
        if (cursor.Read(out RecordHeader header, out ReadOnlyMemory<byte> payload) != CursorStatus.Record)
        {
            RecordDamage damage = cursor.Damage;
            throw new CorruptLogException(_segment.Path, damage.Offset, damage.Expected, damage.Found);
        }

        record = new LogRecord(
            new LogPosition(_segment.Number, offset), new LogPosition(_segment.Number, cursor.Offset), header.Sequence, header.Tag, payload);
        return true;
    }

    /// <summary>Waits until there is a record to read; false when the log is closed and everything has been read.</summary>
    /// <exception cref="LogFaultedException">The log has failed, so nothing more will come.</exception>
    public ValueTask<bool> WaitForMoreAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _state.WaitBeyondAsync(Position, cancellationToken);
    }

    public void Dispose()
    {
        _disposed = true;
        _offset = _cursor?.Offset ?? _offset;
        _cursor?.Dispose();
        _cursor = null;
    }

    private RecordCursor MoveTo(Segment next, RecordCursor finished)
    {
        ulong firstSequence = next.Header.FirstSequence;
        if (finished.NextSequence != 0 && finished.NextSequence != firstSequence)
        {
            throw new CorruptLogException(
                _segment.Path,
                finished.Offset,
                $"records up to sequence {firstSequence - 1}, as segment {next.Number} says",
                $"an end after sequence {finished.NextSequence - 1}");
        }

        _segment = next;
        _offset = SegmentHeader.Size;
        finished.Dispose();
        _cursor = null;
        return _cursor = OpenCursor(SegmentHeader.Size, firstSequence);
    }

    private RecordCursor OpenCursor(long offset, ulong nextSequence)
    {
        if (offset == SegmentHeader.Size)
        {
            nextSequence = _segment.Header.FirstSequence;
        }

        try
        {
            var file = _state.Options.FileSystem.OpenRead(_segment.Path);
            return new RecordCursor(file, _segment.Path, _segment.RecordSeed, _state.Options.MaxRecordBytes, offset, nextSequence) { LongestPayload = LongestPayload };
        }
        catch (FileNotFoundException)
        {
            // Either retention was faster than this reader, which this call reports, or somebody else deleted the file.
            _state.Locate(new LogPosition(_segment.Number, offset));
            throw new CorruptLogException(_segment.Path, 0, "the segment file", "no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(_segment.Path, offset, e);
        }
    }
}
