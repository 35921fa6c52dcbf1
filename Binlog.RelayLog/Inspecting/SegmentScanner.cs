using Binlog.RelayLog.Format;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Reads a segment through and notes what it holds. For one segment.</summary>
internal sealed class SegmentScanner
{
    private readonly List<RecordHole> _holes = [];
    private readonly List<(SegmentScan Scan, int Gaps, int Paddings)> _beforeHoles = [];
    private readonly List<ulong> _latestGroupStarts = [];
    private readonly List<(long Offset, GapHeader Gap)> _gaps = [];
    private readonly List<(long From, long To)> _paddings = [];
    private ulong _records;
    private ulong _lowestCommitTs;
    private ulong _highestCommitTs;
    private ulong _firstCommitTs;
    private ulong _lastCommitTs;
    private ulong _firstSequence;
    private long _firstOffset;
    private long _end = SegmentHeader.Size;
    private ulong _nextSequence;

    /// <summary>Reads all of it.</summary>
    /// <param name="walker">At the segment's start.</param>
    /// <param name="lastLength">For a log's last segment its length in bytes: an end that was never acknowledged isn't damage there. Null for others.</param>
    /// <param name="cleanCloseEnd">Up to where the last clean close said that the segment was flushed; 0 when unknown.</param>
    /// <param name="progress">Counts the bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static SegmentScan Scan(SegmentWalker walker, long? lastLength, long cleanCloseEnd, ReadProgress? progress, CancellationToken cancellationToken)
    {
        var scanner = new SegmentScanner();
        scanner.Walk(walker, progress, cancellationToken);
        return lastLength is { } length ? scanner.WithoutUnfinishedEnd(length, cleanCloseEnd) : scanner.Complete();
    }

    private void Walk(SegmentWalker walker, ReadProgress? progress, CancellationToken cancellationToken)
    {
        long counted = 0;
        WalkStep step;
        while ((step = walker.Next(out RecordHeader header, out _, cancellationToken)) != WalkStep.End)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (step)
            {
                case WalkStep.Record:
                    Add(header, walker);
                    break;
                case WalkStep.Gap:
                    _gaps.Add((walker.Start, walker.Gap));
                    Reach(walker, walker.Gap.FirstSequence);
                    Follow(walker.Gap.FirstSequence);
                    break;
                default:
                    AddHole(walker.Hole!);
                    break;
            }

            progress?.Add(walker.End - counted);
            counted = walker.End;
        }
    }

    private void Add(in RecordHeader header, SegmentWalker walker)
    {
        ulong commitTs = header.Tag.CommitTs;
        _records++;
        Reach(walker, header.Sequence);
        if (walker.HasDirtyPadding)
        {
            _paddings.Add((walker.Start + RecordHeader.Size + header.PayloadLength, walker.End));
        }

        Follow(header.GroupStart);
        if (commitTs == 0)
        {
            return;
        }

        _highestCommitTs = Math.Max(_highestCommitTs, commitTs);
        _lowestCommitTs = _lowestCommitTs == 0 ? commitTs : Math.Min(_lowestCommitTs, commitTs);
        _firstCommitTs = _firstCommitTs == 0 ? commitTs : _firstCommitTs;
        _lastCommitTs = commitTs;
        for (int index = _holes.Count - 1; index >= 0 && _holes[index].CommitTsAfter == 0; index--)
        {
            _holes[index] = _holes[index] with { CommitTsAfter = commitTs };
        }
    }

    /// <summary>Notes that everything before a sequence number had been flushed when this was written.</summary>
    private void Follow(ulong groupStart)
    {
        if (_holes.Count > 0)
        {
            _latestGroupStarts[^1] = Math.Max(_latestGroupStarts[^1], groupStart);
        }
    }

    private void Reach(SegmentWalker walker, ulong sequence)
    {
        if (_firstSequence == 0)
        {
            (_firstSequence, _firstOffset) = (sequence, walker.Start);
        }

        (_end, _nextSequence) = (walker.End, walker.NextSequence);
    }

    private void AddHole(RecordHole hole)
    {
        _holes.Add(hole with { CommitTsBefore = _lastCommitTs });
        _latestGroupStarts.Add(0);
        _beforeHoles.Add((Snapshot(), _gaps.Count, _paddings.Count));
    }

    private SegmentScan Snapshot() => new()
    {
        Records = _records,
        LowestCommitTs = _lowestCommitTs,
        HighestCommitTs = _highestCommitTs,
        FirstCommitTs = _firstCommitTs,
        LastCommitTs = _lastCommitTs,
        FirstSequence = _firstSequence,
        FirstOffset = _firstOffset,
        End = _end,
        NextSequence = _nextSequence,
    };

    private SegmentScan Complete()
    {
        RecordHole? tail = _holes.Count > 0 && _holes[^1].NextSequence == 0 ? _holes[^1] : null;
        return Snapshot() with { Holes = tail is null ? _holes : _holes[..^1], Tail = tail, Gaps = _gaps, DirtyPaddings = _paddings };
    }

    /// <summary>Leaves out what an append wrote that was never acknowledged, as opening the log does.</summary>
    private SegmentScan WithoutUnfinishedEnd(long length, long cleanCloseEnd)
    {
        ulong latestGroupStart = 0;
        int firstUnfinished = _holes.Count;
        for (int index = _holes.Count - 1; index >= 0; index--)
        {
            latestGroupStart = Math.Max(latestGroupStart, _latestGroupStarts[index]);
            RecordHole hole = _holes[index];
            bool isFollowed = index < _holes.Count - 1 || hole.NextSequence != 0;
            var findings = new TailFindings(
                length, hole.From, hole.FirstSequence, default(Reading.RecordDamage), isFollowed ? 1 : 0, latestGroupStart, cleanCloseEnd);
            if (TailClassifier.Classify(findings) == TailVerdict.Corrupt)
            {
                break;
            }

            firstUnfinished = index;
        }

        if (firstUnfinished == _holes.Count)
        {
            return Complete();
        }

        RecordHole unfinished = _holes[firstUnfinished];
        (SegmentScan before, int gaps, int paddings) = _beforeHoles[firstUnfinished];
        return before with
        {
            Gaps = _gaps[..gaps],
            DirtyPaddings = _paddings[..paddings],
            Holes = _holes[..firstUnfinished],
            Tail = unfinished with { To = _holes[^1].NextSequence == 0 ? _holes[^1].To : _end, NextSequence = 0 },
        };
    }
}
