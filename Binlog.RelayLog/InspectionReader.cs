using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;

namespace Binlog.RelayLog;

/// <summary>
/// Reads a log from its oldest to its newest record as it was when the reader was opened, without the lock, over gaps and damage. Safe
/// beside a process that appends and removes. Not thread-safe.
/// </summary>
/// <remarks>Memory: 1 MiB, and the largest record.</remarks>
public sealed class InspectionReader : IDisposable
{
    private readonly SegmentedLogOptions _options;
    private readonly IReadOnlyList<SegmentProbe> _probes;
    private readonly SegmentHeader? _identity;
    private readonly ReadProgress _progress;
    private SegmentWalker? _walker;
    private int _index = -1;
    private long _counted;

    internal InspectionReader(SegmentedLogOptions options, IReadOnlyList<SegmentProbe> probes, ReadProgress progress)
    {
        _options = options;
        _probes = probes;
        _progress = progress;
        SegmentProbe? known = probes.FirstOrDefault(probe => probe.Header is not null) ?? probes.FirstOrDefault(probe => probe.RescuedHeader is not null);
        _identity = known?.Header ?? known?.RescuedHeader;
        progress.TotalBytes = probes.Sum(probe => probe.FileLength);
    }

    /// <summary>Leaves out the segments before which, by their headers, no record has a commit TS above <paramref name="commitTs"/>. For a reader that has read nothing yet.</summary>
    public void SkipTo(ulong commitTs)
    {
        for (int index = _probes.Count - 1; index > 0; index--)
        {
            if (_probes[index].Header is { } header && header.BaseCommitTs <= commitTs)
            {
                _index = index - 1;
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
            if (_walker is { } walker)
            {
                if (TryWalk(walker, out item, cancellationToken))
                {
                    return true;
                }

                walker.Dispose();
                _walker = null;
            }

            if (++_index >= _probes.Count)
            {
                item = default;
                return false;
            }

            if (!TryOpen(_probes[_index], cancellationToken, out item))
            {
                return true;
            }
        }
    }

    public void Dispose()
    {
        _walker?.Dispose();
        _walker = null;
    }

    private bool TryWalk(SegmentWalker walker, out InspectedItem item, CancellationToken cancellationToken)
    {
        item = default;
        WalkStep step = walker.Next(out RecordHeader header, out ReadOnlyMemory<byte> payload, cancellationToken);
        if (step == WalkStep.End)
        {
            return false;
        }

        _progress.Add(walker.End - _counted);
        _counted = walker.End;
        var position = new LogPosition(_probes[_index].Number, walker.Start);
        item = step switch
        {
            WalkStep.Record => new InspectedItem
            {
                Kind = InspectedKind.Record, Position = position, End = walker.End, Sequence = header.Sequence, Tag = header.Tag, Payload = payload,
            },
            WalkStep.Gap => new InspectedItem
            {
                Kind = InspectedKind.Gap, Position = position, End = walker.End, Sequence = walker.Gap.FirstSequence, LostRecords = walker.Gap.LostSequences,
            },
            _ => Damage(position, walker.End, walker.Hole!.Expected, walker.Hole.Found) with { Sequence = walker.Hole.FirstSequence, LostRecords = walker.Hole.Lost },
        };
        return true;
    }

    /// <summary>Opens a segment; false gives an item instead.</summary>
    private bool TryOpen(SegmentProbe probe, CancellationToken cancellationToken, out InspectedItem item)
    {
        item = default;
        var start = new LogPosition(probe.Number, 0);
        SegmentHeader? header = probe.Header ?? probe.RescuedHeader ?? (probe.Exists && _identity is { } identity ? identity with { Number = probe.Number, FirstSequence = 0 } : null);
        if (header is not { } known)
        {
            item = Damage(start, probe.FileLength, probe.Problem!.Expected, probe.Problem.Found);
            return false;
        }

        try
        {
            SegmentHeader? next = _index + 1 < _probes.Count ? _probes[_index + 1].Header : null;
            long limit = _index + 1 < _probes.Count ? Math.Min(next?.PreviousLength ?? long.MaxValue, probe.FileLength) : FinishedLength(probe, known, cancellationToken);
            _walker = new SegmentWalker(_options.FileSystem.OpenRead(probe.Path), probe.Path, known, _options.MaxRecordBytes, limit, next?.FirstSequence ?? 0) { HasReserve = _index + 1 == _probes.Count };
            _counted = 0;
        }
        catch (FileNotFoundException)
        {
            item = new InspectedItem { Kind = InspectedKind.Removed, Position = start, End = probe.FileLength };
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(probe.Path, 0, e);
        }

        if (probe.Problem is { } problem)
        {
            item = Damage(start, SegmentHeader.Size, problem.Expected, problem.Found);
            return false;
        }

        return true;
    }

    /// <summary>The last segment without an append that never finished or is under way.</summary>
    private long FinishedLength(SegmentProbe probe, in SegmentHeader header, CancellationToken cancellationToken)
    {
        ILogFile file = _options.FileSystem.OpenRead(probe.Path);
        using var walker = new SegmentWalker(file, probe.Path, header, _options.MaxRecordBytes, probe.FileLength, 0) { HasReserve = true };
        return SegmentScanner.Scan(walker, probe.FileLength, 0, null, cancellationToken).End;
    }

    private static InspectedItem Damage(LogPosition position, long end, string expected, string found) => new()
    {
        Kind = InspectedKind.Damage,
        Position = position,
        End = end,
        Explanation = string.Create(CultureInfo.InvariantCulture, $"expected {expected}, found {found}"),
    };
}
