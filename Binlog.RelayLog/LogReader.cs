using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog;

/// <summary>Reads records in order, flushed ones only. Not thread-safe; any number of readers may run beside each other and the appenders.</summary>
public sealed class LogReader : IDisposable
{
    private readonly LogState _state;
    private readonly RecordFetcher _fetcher;
    private readonly ulong _needlessUpTo;
    private Segment _segment;
    private RecordCursor? _cursor;
    private long _offset;
    private bool _disposed;

    /// <param name="state">The log.</param>
    /// <param name="fetcher">Reads large records.</param>
    /// <param name="segment">Where to begin.</param>
    /// <param name="offset">Byte offset there.</param>
    /// <param name="needlessUpTo">Gaps that lost nothing above this commit TS are passed.</param>
    internal LogReader(LogState state, RecordFetcher fetcher, Segment segment, long offset, ulong needlessUpTo = 0)
    {
        _state = state;
        _fetcher = fetcher;
        _needlessUpTo = needlessUpTo;
        _segment = segment;
        _offset = Math.Max(offset, SegmentHeader.Size);
    }

    /// <summary>Records whose payloads the caller doesn't need: of those above 256 KiB, they are checked but not handed out (they are empty then), and take no memory. Default: none.</summary>
    public Predicate<RecordTag>? IsPayloadNeedless
    {
        get;
        set
        {
            field = value;
            if (_cursor is not null)
            {
                _cursor.IsPayloadNeedless = value;
            }
        }
    }

    /// <summary>Records that are handed out to be read in pieces. Default: none, a record is read whole.</summary>
    public LargeRecordSelection? Large
    {
        get;
        set
        {
            field = value;
            if (_cursor is not null)
            {
                _cursor.Large = value;
            }
        }
    }

    /// <summary>Where the next record begins, or will: the end of the one read last.</summary>
    public LogPosition Position => new(_segment.Number, _cursor?.Offset ?? _offset);

    /// <summary>Reads the next record; false at the flushed end of the log. The record's payload is valid until the next call.</summary>
    /// <exception cref="CorruptLogException">What follows isn't an intact record (or the reader was opened inside one). The reader doesn't move.</exception>
    /// <exception cref="LogGapException">A repair took out what follows; see <see cref="SegmentedLogOptions.PassGaps"/>.</exception>
    /// <exception cref="RetentionGapException">Retention has overtaken the reader.</exception>
    /// <exception cref="LogReadException">The operating system failed to read; the call may be repeated.</exception>
    /// <exception cref="RecordTooLargeException">The record is larger than the limit in the options.</exception>
    public bool TryRead(out LogRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (Advance() is { } cursor)
        {
            long offset = cursor.Offset;
            switch (cursor.Read(out RecordHeader header, out ReadOnlyMemory<byte> payload))
            {
                case CursorStatus.Record:
                    record = new LogRecord(
                        new LogPosition(_segment.Number, offset), new LogPosition(_segment.Number, cursor.Offset), header.Sequence, header.Tag, payload);
                    return true;

                case CursorStatus.Large:
                    var position = new LogPosition(_segment.Number, offset);
                    record = new LogRecord(
                        position, new LogPosition(_segment.Number, cursor.Offset), header.Sequence, header.Tag, default, new LargeRecord(_fetcher, _segment, position, header));
                    return true;

                case CursorStatus.Gap when _state.Options.PassGaps || cursor.Gap.HighestCommitTs <= _needlessUpTo:
                    cursor.SkipGap();
                    break;

                case CursorStatus.Gap:
                    throw new LogGapException(_state.Options.Name, new LogPosition(_segment.Number, offset), cursor.Gap);

                default:
                    RecordDamage damage = cursor.Damage;
                    throw new CorruptLogException(_segment.Path, damage.Offset, damage.Expected, damage.Found);
            }
        }

        record = default;
        return false;
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

    /// <summary>A cursor before its limit, in the segment that the next record is in; null at the flushed end.</summary>
    private RecordCursor? Advance()
    {
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
                return null;
            }
        }

        return cursor;
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
            return new RecordCursor(file, _segment.Path, _segment.RecordSeed, _state.Options.MaxRecordBytes, offset, nextSequence) { IsPayloadNeedless = IsPayloadNeedless, Large = Large };
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
