using Binlog.RelayLog.Format;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Puts together what is known of each segment from itself and its neighbours. Pure.</summary>
internal sealed class LogLayout
{
    private readonly ExaminedLog _log;
    private readonly SegmentHeader _identity;
    private readonly List<SegmentLayout> _layouts = [];
    private ulong _expected;
    private ulong _highestCommitTs;
    private bool _hasHoles;

    private LogLayout(ExaminedLog log, SegmentHeader identity) => (_log, _identity) = (log, identity);

    /// <summary>The segments, oldest first; empty when no header tells which log they are of.</summary>
    public static IReadOnlyList<SegmentLayout> Of(ExaminedLog log)
    {
        if (log.Identity is not { } identity)
        {
            return [];
        }

        var layout = new LogLayout(log, identity);
        for (int index = 0; index < log.Segments.Count; index++)
        {
            layout.Add(index);
        }

        layout.EndLast();
        return layout.WithCommitTsAfter();
    }

    /// <summary>The oldest segment of a log, or of a part of one.</summary>
    /// <param name="log">It, the one that follows it, and when that has no header also the one behind.</param>
    /// <param name="expected">Sequence number that follows what is before the part; 0 when unknown.</param>
    public static SegmentLayout OfFirst(ExaminedLog log, ulong expected)
    {
        var layout = new LogLayout(log, log.Identity!.Value) { _expected = expected };
        for (int index = 0; index < log.Segments.Count; index++)
        {
            layout.Add(index);
        }

        layout.EndLast();
        return layout._layouts[0];
    }

    /// <summary>Sequence number that follows a segment's last intact record.</summary>
    public static ulong NextSequenceOf(SegmentLayout segment) =>
        segment.Examined.Scan.FirstSequence == 0 ? segment.Header.FirstSequence : segment.Examined.Scan.NextSequence;

    private void Add(int index)
    {
        ExaminedSegment segment = _log.Segments[index];
        SegmentScan scan = segment.Scan;
        ulong firstSequence = segment.Header?.FirstSequence ?? FirstSequenceOf(index);
        long? previousLength = segment.Header?.PreviousLength;
        if (index > 0)
        {
            EndPrevious(firstSequence, previousLength);
        }

        SegmentHeader header = segment.Header ?? _identity with
        {
            Number = segment.Probe.Number,
            FirstSequence = firstSequence,
            BaseCommitTs = BaseCommitTsOf(index),
            CreatedUnixMilliseconds = CreationOf(index),
            PreviousLength = index > 0 ? _layouts[^1].Length : segment.Probe.Number == 1 ? 0 : SegmentHeader.Size,
            GapCount = 0,
            LostSequences = 0,
        };
        List<RecordHole> holes = [.. scan.Holes];
        if (holes is [{ FirstSequence: 0 } first, ..])
        {
            holes[0] = first with { FirstSequence = firstSequence, IsMinimum = _expected == 0 && segment.Probe.Number > 1 };
        }

        _hasHoles |= holes.Count > 0;
        _highestCommitTs = Math.Max(_highestCommitTs, Math.Max(header.BaseCommitTs, scan.HighestCommitTs));
        _layouts.Add(new SegmentLayout { Examined = segment, Header = header, IsSealed = index + 1 < _log.Segments.Count, Holes = holes });
        _expected = NextSequenceOf(_layouts[^1]);
    }

    /// <summary>Where the records of a segment begin whose header is gone.</summary>
    private ulong FirstSequenceOf(int index)
    {
        ExaminedSegment segment = _log.Segments[index];
        SegmentScan scan = segment.Scan;
        if (scan.FirstSequence != 0 && scan.FirstOffset == SegmentHeader.Size)
        {
            return scan.FirstSequence;
        }

        ulong following = scan.FirstSequence != 0 ? scan.FirstSequence : segment.EndSequence;
        bool hasRoom = (scan.FirstSequence != 0 ? scan.FirstOffset : segment.Limit) - SegmentHeader.Size >= GapHeader.Size;
        bool isBeforeAnother = index + 1 < _log.Segments.Count && _log.Segments[index + 1].Header is null;
        if (!hasRoom && following != 0 && !isBeforeAnother)
        {
            return following;
        }

        return _expected != 0 ? _expected
            : segment.Probe.Number == 1 ? 1
            : Math.Max(2, following) - 1;
    }

    /// <summary>A segment ends where the next one says; when its header is gone, behind its last intact record.</summary>
    private void EndPrevious(ulong nextFirstSequence, long? length)
    {
        SegmentLayout previous = _layouts[^1];
        SegmentScan scan = previous.Examined.Scan;
        bool isShort = scan.End < length || _expected < nextFirstSequence;
        if (!isShort)
        {
            _layouts[^1] = previous with { Length = length ?? scan.End };
            return;
        }

        long end = length ?? scan.End + GapHeader.Size;
        RecordHole hole = scan.Tail is { } tail
            ? tail with { To = end }
            : new RecordHole(scan.End, end, _expected, 0, $"records up to sequence {nextFirstSequence - 1}", $"the end of the file after {previous.Examined.Probe.FileLength} bytes") { CommitTsBefore = scan.LastCommitTs };
        _layouts[^1] = previous with { Length = end, Holes = [.. previous.Holes, hole with { FirstSequence = _expected, NextSequence = nextFirstSequence }] };
        _hasHoles = true;
    }

    private void EndLast()
    {
        if (_layouts.Count == 0)
        {
            return;
        }

        SegmentLayout last = _layouts[^1];
        SegmentScan scan = last.Examined.Scan;
        long fileLength = last.Examined.Probe.FileLength;
        bool isUnreadable = last.Examined.Header is null && scan.FirstSequence == 0 && fileLength >= SegmentHeader.Size + GapHeader.Size;
        long flushedEnd = FlushedEnd.In(last.Header.Number, _log.Flushed);
        bool isShort = flushedEnd >= scan.End + GapHeader.Size;
        if (!isShort && !isUnreadable)
        {
            _layouts[^1] = last with { Length = scan.End, UnfinishedBytes = scan.Tail?.Length ?? 0 };
            return;
        }

        long end = isShort ? flushedEnd : fileLength / GapHeader.Alignment * GapHeader.Alignment;
        string expected = isShort ? FlushedEnd.Describe(_log.Flushed!) : $"records up to byte {end}";
        RecordHole hole = scan.Tail
            ?? new RecordHole(scan.End, end, _expected, 0, expected, $"the end of the file after {fileLength} bytes") { CommitTsBefore = scan.LastCommitTs };
        _layouts[^1] = last with
        {
            Length = end,
            Holes = [.. last.Holes, hole with
            {
                To = end,
                FirstSequence = _expected,
                NextSequence = Math.Max(_expected + 1, isShort ? _log.Flushed!.NextSequence : 0),
                IsMinimum = true,
                Expected = isShort ? expected : hole.Expected,
            }],
            UnfinishedBytes = Math.Max(0, (scan.Tail?.To ?? end) - end),
        };
    }

    /// <summary>Exact when everything before is intact, otherwise not below the truth.</summary>
    private ulong BaseCommitTsOf(int index)
    {
        if (index == 0 && _log.Segments[0].Probe.Number == 1)
        {
            return 0;
        }

        if (index > 0 && !_hasHoles)
        {
            return _highestCommitTs;
        }

        ExaminedSegment? known = _log.Segments.Skip(index + 1).FirstOrDefault(segment => segment.Header is not null);
        return known?.Header?.BaseCommitTs ?? Math.Max(_highestCommitTs, _log.Segments[index].Scan.HighestCommitTs);
    }

    private long CreationOf(int index) =>
        _log.Segments.Skip(index + 1).Concat(_log.Segments.Take(index).Reverse()).FirstOrDefault(segment => segment.Header is not null)?.Header?.CreatedUnixMilliseconds ?? 0;

    private List<SegmentLayout> WithCommitTsAfter()
    {
        ulong following = 0;
        ulong[] after = new ulong[_layouts.Count];
        for (int index = _layouts.Count - 1; index >= 0; index--)
        {
            after[index] = following;
            following = _layouts[index].Examined.Scan.FirstCommitTs is > 0 and ulong first ? first : following;
        }

        return [.. _layouts.Select((layout, index) => layout with
        {
            Holes = [.. layout.Holes.Select(hole => hole with
            {
                CommitTsBefore = hole.CommitTsBefore == 0 ? layout.Header.BaseCommitTs : hole.CommitTsBefore,
                CommitTsAfter = hole.CommitTsAfter == 0 ? after[index] : hole.CommitTsAfter,
            })],
        })];
    }
}
