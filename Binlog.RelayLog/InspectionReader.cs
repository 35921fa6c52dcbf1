using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;

namespace Binlog.RelayLog;

/// <summary>
/// Reads a log from its oldest to its newest record as it was when the reader was opened, without the lock, over gaps and damage. Safe
/// beside a process that appends and removes. Not thread-safe.
/// </summary>
/// <remarks>
/// Each segment is read through before its first record is handed out, so that the damage that is told is just what <see cref="LogVerifier"/>
/// finds: what is missing at a segment's end shows only there. Memory: 2 MiB, and the largest payload that is handed out, which has at most
/// <see cref="LargestPayloadBytes"/>.
/// </remarks>
public sealed class InspectionReader : IDisposable
{
    /// <summary>Payloads above this size are checked, but not handed out.</summary>
    public const int LargestPayloadBytes = 64 << 20;

    private readonly SegmentedLogOptions _options;
    private readonly ProbedLog _log;
    private readonly LogSurvey _survey;
    private readonly ReadProgress _progress;
    private readonly Queue<DamagedRange> _damages = new();
    private SegmentWalker? _walker;
    private WalkStep? _step;
    private RecordHeader _header;
    private ReadOnlyMemory<byte> _payload;
    private int _index = -1;
    private long _counted;

    internal InspectionReader(SegmentedLogOptions options, ProbedLog log, ReadProgress progress)
    {
        _options = options;
        _log = log;
        _survey = new LogSurvey(options, log);
        _progress = progress;
        progress.TotalBytes = log.Bytes;
    }

    /// <summary>Payloads that don't fit a window of 256 KiB are checked, but not handed out (they are empty then), so that they take no memory. Default false: those up to <see cref="LargestPayloadBytes"/> are.</summary>
    public bool SkipsPayloads { get; init; }

    /// <summary>Leaves out the segments before which, by their headers, no record has a commit TS above <paramref name="commitTs"/>. For a reader that has read nothing yet.</summary>
    public void SkipTo(ulong commitTs)
    {
        for (int index = _log.Segments.Count - 1; index > 0; index--)
        {
            if (_log.Segments[index].Header is { } header && header.BaseCommitTs <= commitTs)
            {
                _index = index - 1;
                _progress.Add(_log.Segments.Take(index).Sum(probe => probe.FileLength));
                _counted = _log.Segments[_index].FileLength;
                return;
            }
        }
    }

    /// <summary>Takes a step; false at the end. The item's payload is valid until the next call.</summary>
    /// <exception cref="RelayLogException">The operating system failed to read, or a record is larger than any may be.</exception>
    public bool TryRead(out InspectedItem item, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_index >= 0 && TryStep(out item, cancellationToken))
            {
                return true;
            }

            CloseSegment();
            if (++_index >= _log.Segments.Count)
            {
                item = default;
                _index = _log.Segments.Count;
                return false;
            }

            if (!TryOpen(_log.Segments[_index], cancellationToken))
            {
                item = new InspectedItem { Kind = InspectedKind.Removed, Position = new LogPosition(_log.Segments[_index].Number, 0), End = _log.Segments[_index].FileLength };
                return true;
            }
        }
    }

    public void Dispose()
    {
        _walker?.Dispose();
        _walker = null;
    }

    /// <summary>The segment's next record or gap, or the damage before it; false at its end.</summary>
    private bool TryStep(out InspectedItem item, CancellationToken cancellationToken)
    {
        _step ??= Walk(cancellationToken);
        long start = _step == WalkStep.End ? long.MaxValue : _walker!.Start;
        if (_damages.TryPeek(out DamagedRange? damage) && (damage.From < start || damage.To <= start))
        {
            item = OfDamage(_damages.Dequeue());
            return true;
        }

        item = default;
        if (_step == WalkStep.End)
        {
            return false;
        }

        var position = new LogPosition(_log.Segments[_index].Number, start);
        item = _step == WalkStep.Record
            ? new InspectedItem { Kind = InspectedKind.Record, Position = position, End = _walker!.End, Sequence = _header.Sequence, Tag = _header.Tag, Payload = _payload, PayloadLength = _header.PayloadLength }
            : new InspectedItem { Kind = InspectedKind.Gap, Position = position, End = _walker!.End, Sequence = _walker.Gap.FirstSequence, LostRecords = _walker.Gap.LostSequences };
        Count(_walker.End);
        _step = null;
        return true;
    }

    /// <summary>What is damaged is known already, and more exactly.</summary>
    private WalkStep Walk(CancellationToken cancellationToken)
    {
        WalkStep step = WalkStep.Hole;
        while (step == WalkStep.Hole)
        {
            step = _walker?.Next(out _header, out _payload, cancellationToken) ?? WalkStep.End;
        }

        return step;
    }

    /// <summary>Opens a segment; false when its file is gone.</summary>
    private bool TryOpen(SegmentProbe probe, CancellationToken cancellationToken)
    {
        if (_log.Identity is not { } identity)
        {
            // No segment has a header, so no record can be told from chance.
            _damages.Enqueue(DamageList.OfHeader(probe, probe.Problem!));
            return true;
        }

        if (_survey.Describe(_index, cancellationToken) is not { } layout)
        {
            return false;
        }

        try
        {
            _walker = probe.Exists ? OpenWalker(probe, layout.Examined, LogExaminer.HeaderOf(probe, identity)) : null;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(probe.Path, 0, e);
        }

        foreach (DamagedRange damage in DamageList.Of(layout).OrderBy(damage => damage.From))
        {
            _damages.Enqueue(damage);
        }

        return true;
    }

    /// <summary>In the last segment up to where it is finished: an append that is under way isn't shown.</summary>
    private SegmentWalker OpenWalker(SegmentProbe probe, ExaminedSegment segment, in SegmentHeader header)
    {
        long limit = _index + 1 < _log.Segments.Count ? Math.Min(segment.Limit, probe.FileLength) : segment.Scan.End;
        return new SegmentWalker(_options.FileSystem.OpenRead(probe.Path), probe.Path, header, _options.MaxRecordBytes, limit, segment.EndSequence) { LargestPayload = SkipsPayloads ? 0 : LargestPayloadBytes };
    }

    private void CloseSegment()
    {
        if (_index >= 0 && _index < _log.Segments.Count)
        {
            Count(_log.Segments[_index].FileLength);
        }

        _counted = 0;
        _step = null;
        _damages.Clear();
        Dispose();
    }

    private void Count(long end)
    {
        _progress.Add(end - _counted);
        _counted = end;
    }

    private static InspectedItem OfDamage(DamagedRange damage) => new()
    {
        Kind = InspectedKind.Damage,
        Position = new LogPosition(damage.Segment, damage.From),
        End = damage.To,
        Sequence = damage.FirstSequence,
        LostRecords = damage.LostRecords,
        Damage = damage,
    };
}
