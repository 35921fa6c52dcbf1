using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Reading;

/// <summary>What writer, readers and retention share: the segments and the flushed end. Thread-safe.</summary>
internal sealed class LogState
{
    private readonly Lock _gate = new();
    private readonly List<Segment> _segments;
    private readonly string _name;
    private TaskCompletionSource? _changed;
    private Exception? _fault;
    private bool _closed;

    public LogState(SegmentedLogOptions options, IEnumerable<Segment> segments)
    {
        Options = options;
        _name = options.Name;
        _segments = [.. segments];
    }

    public SegmentedLogOptions Options { get; }

    public Exception? Fault => Volatile.Read(ref _fault);

    public LogPosition FlushedEnd
    {
        get
        {
            lock (_gate)
            {
                return EndOf(_segments[^1]);
            }
        }
    }

    public LogPosition Start
    {
        get
        {
            lock (_gate)
            {
                return StartOf(_segments[0]);
            }
        }
    }

    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                long bytes = 0;
                foreach (Segment segment in _segments)
                {
                    bytes += segment.Length;
                }

                return bytes;
            }
        }
    }

    public ulong BaseCommitTs
    {
        get
        {
            lock (_gate)
            {
                return _segments[0].Header.BaseCommitTs;
            }
        }
    }

    public static LogPosition StartOf(Segment segment) => new(segment.Number, SegmentHeader.Size);

    public IReadOnlyList<SegmentInfo> Describe()
    {
        lock (_gate)
        {
            return [.. _segments.Select(segment => segment.Describe(segment.Length))];
        }
    }

    /// <summary>The writer has flushed the last segment up to <paramref name="length"/>.</summary>
    public void Advance(long length)
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            _segments[^1].Length = length;
            changed = TakeWaiters();
        }

        changed?.SetResult();
    }

    /// <summary>The last segment is complete at its flushed length and <paramref name="next"/> follows it.</summary>
    public void Seal(Segment next)
    {
        lock (_gate)
        {
            _segments[^1].IsSealed = true;
            _segments.Add(next);
        }
    }

    public void SetFault(Exception fault)
    {
        TaskCompletionSource? changed;
        lock (_gate)
        {
            _fault ??= fault;
            changed = TakeWaiters();
        }

        changed?.SetResult();
    }

    public void Close()
    {
        TaskCompletionSource? changed;
        Segment[] segments;
        lock (_gate)
        {
            _closed = true;
            changed = TakeWaiters();
            segments = [.. _segments];
        }

        changed?.SetResult();
        foreach (Segment segment in segments)
        {
            segment.CloseShared();
        }
    }

    /// <summary>The segment of the next record at or after <paramref name="position"/>: past the end of a sealed segment, the one that follows.</summary>
    /// <exception cref="RetentionGapException">Retention removed it.</exception>
    /// <exception cref="PositionNotFoundException">It lies after the flushed end, or after the end of a sealed segment.</exception>
    public SegmentLimit Locate(LogPosition position)
    {
        lock (_gate)
        {
            Segment first = _segments[0];
            if (position == default || IsEndOfRemoved(position, first))
            {
                position = StartOf(first);
            }

            if (position.Segment < first.Number)
            {
                throw Gap($"position {position}");
            }

            LogPosition end = EndOf(_segments[^1]);
            if (position > end || position.Offset > LimitOf(position.Segment).Length)
            {
                throw new PositionNotFoundException(_name, position, end);
            }

            SegmentLimit limit = LimitOf(position.Segment);
            for (long offset = position.Offset; limit.IsSealed && Math.Max(offset, SegmentHeader.Size) >= limit.Length; offset = 0)
            {
                limit = LimitOf(limit.Segment.Number + 1);
            }

            return limit;
        }
    }

    /// <summary>The last segment before which no record has a commit TS above <paramref name="commitTs"/>.</summary>
    public Segment LocateCommitTs(ulong commitTs)
    {
        lock (_gate)
        {
            Segment? found = null;
            foreach (Segment segment in _segments)
            {
                if (segment.Header.BaseCommitTs > commitTs)
                {
                    break;
                }

                found = segment;
            }

            return found ?? throw Gap($"the records after commit TS {commitTs}");
        }
    }

    /// <summary>True at once when the log has flushed beyond <paramref name="position"/>; false when it is closed; otherwise waits.</summary>
    public async ValueTask<bool> WaitBeyondAsync(LogPosition position, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (EndOf(_segments[^1]) > position && HasRecordsAfter(position))
                {
                    return true;
                }

                if (_closed)
                {
                    return false;
                }

                if (_fault is not null)
                {
                    throw new LogFaultedException(_name, Options.Directory, _fault);
                }

                _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The oldest segments that <paramref name="policy"/> lets go, oldest first.</summary>
    public IReadOnlyList<Segment> SelectForRemoval(RetentionPolicy policy, DateTimeOffset now)
    {
        lock (_gate)
        {
            return RetentionSelection.Select(_segments, policy, now);
        }
    }

    /// <summary>Forgets the oldest segment, whose file is gone.</summary>
    public void RemoveOldest(Segment segment)
    {
        lock (_gate)
        {
            _segments.Remove(segment);
        }

        segment.CloseShared();
    }

    private static LogPosition EndOf(Segment segment) => new(segment.Number, segment.Length);

    /// <summary>Nothing is missing for someone who had read the last removed segment to its end.</summary>
    private static bool IsEndOfRemoved(LogPosition position, Segment first) =>
        position.Segment + 1 == first.Number && position.Offset == first.Header.PreviousLength;

    private bool HasRecordsAfter(LogPosition position)
    {
        for (int i = _segments.Count - 1; i >= 0 && _segments[i].Number >= position.Segment; i--)
        {
            long from = _segments[i].Number == position.Segment ? Math.Max(position.Offset, SegmentHeader.Size) : SegmentHeader.Size;
            if (_segments[i].Length > from)
            {
                return true;
            }
        }

        return false;
    }

    private SegmentLimit LimitOf(ulong number)
    {
        Segment segment = _segments[(int)(number - _segments[0].Number)];
        return new SegmentLimit(segment, segment.Length, segment.IsSealed);
    }

    private TaskCompletionSource? TakeWaiters()
    {
        TaskCompletionSource? changed = _changed;
        _changed = null;
        return changed;
    }

    private RetentionGapException Gap(string wanted) =>
        new(_name, wanted, StartOf(_segments[0]), _segments[0].Header.BaseCommitTs);
}
