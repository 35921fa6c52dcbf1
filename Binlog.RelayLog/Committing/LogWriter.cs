using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Committing;

/// <summary>Writes groups of appends to the last segment and flushes them. One thread at a time, which the queue sees to.</summary>
/// <remarks>
/// Nothing is ever written twice to one place. After a failed write or flush the bytes after the flushed end are of unknown state: the
/// kernel may have marked unwritten pages clean, so a second flush could succeed without having written them. Therefore
/// a full disk, and a payload whose pieces can't be read, give the segment up at its flushed end (the next segment's header records that length,
/// which makes what follows void) and every other failure ends the log for good.
/// </remarks>
internal sealed class LogWriter : IDisposable
{
    private readonly SegmentedLogOptions _options;
    private readonly LogState _state;
    private readonly GroupBuffer _buffer;
    private readonly SegmentReserve _reserve;
    private readonly WriteTiming _timing;
    private Segment _segment;
    private ILogFile _file;
    private LogEnd _flushed;
    private LogEnd _next;
    private uint _groupIndex;
    private bool _givenUp;
    private Exception? _fault;
    private ulong _lastFlushedSequence;
    private ulong _flushedCommitTs;

    public LogWriter(LogState state, Segment segment, ILogFile file, LogEnd end, LogTail? tail)
    {
        _options = state.Options;
        _timing = new WriteTiming(state.Options.Observer, state.Options.TimeProvider);
        _state = state;
        _segment = segment;
        _file = file;
        _flushed = end;
        _next = end;
        _buffer = new GroupBuffer(tail);
        _reserve = new SegmentReserve(state.Options);
        _reserve.Begin(file);
        _buffer.Restart(segment.Number, end.Offset);
        Publish();
    }

    /// <summary>Sequence number of the last flushed record. Any thread.</summary>
    public ulong LastSequence => Volatile.Read(ref _lastFlushedSequence);

    /// <summary>Highest commit TS among flushed records. Any thread.</summary>
    public ulong HighestCommitTs => Volatile.Read(ref _flushedCommitTs);

    /// <summary>Position of the flushed end.</summary>
    public LogPosition FlushedEnd => new(_segment.Number, _flushed.Offset);

    /// <summary>Commits the requests in order and completes each one, with success or with its failure. Doesn't throw.</summary>
    public void Commit(IReadOnlyList<AppendRequest> group)
    {
        int completed = 0;
        try
        {
            ThrowIfFaulted();
            _timing.Restart();
            for (int i = 0; i < group.Count; i++)
            {
                if (!Fits(group[i]))
                {
                    Flush(group, ref completed, i);
                    BeginSegment();
                }

                Encode(group[i]);
            }

            Flush(group, ref completed, group.Count);
        }
        catch (Exception e)
        {
            Func<RelayLogException> failure = Abandon(e);
            for (int i = completed; i < group.Count; i++)
            {
                group[i].Fail(failure());
            }

            _timing.GroupFailed(e);
        }
    }

    public void Dispose()
    {
        if (_fault is null)
        {
            SegmentReserve.Cut(_file, _flushed.Offset);
        }

        _file.Dispose();
        _buffer.Dispose();
    }

    private bool Fits(AppendRequest request) =>
        !_givenUp && (_next.Offset == SegmentHeader.Size || _next.Offset + request.Bytes <= _options.SegmentSizeBytes);

    private void Encode(AppendRequest request)
    {
        LogEnd next = _next;
        Span<LogPosition> positions = request.Positions.Span;
        LogPosition position = default;
        int index = 0;
        foreach (ref readonly QueuedRecord record in request.Records)
        {
            var header = new RecordHeader(record.Tag, record.PayloadLength, record.PayloadChecksum, next.NextSequence, _groupIndex++);
            position = new LogPosition(_segment.Number, next.Offset);
            if (index < positions.Length)
            {
                positions[index] = position;
            }

            if (record.Source is { } source)
            {
                _buffer.Add(_file, header, source, _segment.RecordSeed);
            }
            else
            {
                _buffer.Add(_file, header, record.Payload.Span, _segment.RecordSeed);
            }

            next = new LogEnd(next.Offset + header.RecordSize, next.NextSequence + 1, Math.Max(next.HighestCommitTs, record.Tag.CommitTs));
            index++;
        }

        request.LastPosition = position;
        _next = next;
    }

    private void Flush(IReadOnlyList<AppendRequest> group, ref int completed, int end)
    {
        if (completed == end)
        {
            return;
        }

        _reserve.Extend(_file, _next.Offset);
        _buffer.WriteOut(_file);
        _timing.Written();
        _file.Flush();
        _timing.Flushed();
        long bytes = _next.Offset - _flushed.Offset;
        int records = (int)(_next.NextSequence - _flushed.NextSequence);
        _flushed = _next;
        _groupIndex = 0;
        _buffer.Publish();
        Publish();
        _state.Advance(_flushed.Offset);
        while (completed < end)
        {
            group[completed++].Complete();
        }

        _timing.GroupFlushed(records, bytes);
    }

    /// <summary>Everything encoded has been flushed when this is called.</summary>
    private void BeginSegment()
    {
        var header = new SegmentHeader(
            _options.ClusterId,
            _segment.Header.LogId,
            _segment.Number + 1,
            _flushed.NextSequence,
            _flushed.HighestCommitTs,
            _options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
            _flushed.Offset);
        _timing.Restart();
        string path = Path.Combine(_options.Directory, SegmentName.Of(header.Number));
        ILogFile file = SegmentFile.Create(_options.FileSystem, path, header);
        try
        {
            _options.FileSystem.FlushDirectory(_options.Directory);
        }
        catch (Exception e)
        {
            // The new segment has its name, so the old one must not grow any more, and nobody knows whether the name is durable.
            file.Dispose();
            Fault(e);
            throw;
        }

        var segment = new Segment(header, path, SegmentHeader.Size);
        _state.Seal(segment);
        SegmentReserve.Cut(_file, _flushed.Offset);
        _file.Dispose();
        _file = file;
        _reserve.Begin(file);
        _segment = segment;
        _flushed = _flushed with { Offset = SegmentHeader.Size };
        _next = _flushed;
        _givenUp = false;
        _groupIndex = 0;
        _buffer.Restart(segment.Number, SegmentHeader.Size);
        _timing.SegmentBegun();
    }

    private Func<RelayLogException> Abandon(Exception cause)
    {
        _givenUp |= _next != _flushed || _groupIndex > 0;
        _next = _flushed;
        _groupIndex = 0;
        _buffer.Restart(_segment.Number, _flushed.Offset);
        if (_fault is null && (DiskFull.Is(cause) || cause is PayloadSourceException))
        {
            if (_givenUp)
            {
                // Keeps a restart from finding records whose append was refused. Not needed for correctness: the next header voids them.
                SegmentReserve.Cut(_file, _flushed.Offset);
            }

            return () => cause is PayloadSourceException ? new PayloadSourceException(cause) : new DiskFullException(_options.Name, _options.Directory, cause);
        }

        Exception fault = Fault(cause);
        return () => new LogFaultedException(_options.Name, _options.Directory, fault);
    }

    private Exception Fault(Exception cause)
    {
        _fault ??= cause;
        _state.SetFault(_fault);
        return _fault;
    }

    private void ThrowIfFaulted()
    {
        if (_fault is not null)
        {
            throw _fault;
        }
    }

    private void Publish()
    {
        Volatile.Write(ref _lastFlushedSequence, _flushed.NextSequence - 1);
        Volatile.Write(ref _flushedCommitTs, _flushed.HighestCommitTs);
    }
}
