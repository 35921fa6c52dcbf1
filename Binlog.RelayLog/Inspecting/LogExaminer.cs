using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Reads a whole log, over damage, without the lock and without changing anything.</summary>
internal static class LogExaminer
{
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static ExaminedLog Examine(SegmentedLogOptions options, ReadProgress? progress, CancellationToken cancellationToken)
    {
        // The mark first: what it vouches for is in the files that are looked at afterwards.
        CloseMark? mark = CloseMarkFile.TryRead(options);
        IReadOnlyList<SegmentProbe> probes = LogProbe.Read(options, cancellationToken);
        SegmentHeader? identity = IdentityOf(probes);
        KnownEnd? flushed = identity is { } header ? FlushedEnd.Of(header.LogId, mark, options.KnownEnd) : null;
        if (flushed is not null)
        {
            probes = LogProbe.WithMissingEnd(options, probes, flushed);
        }

        if (progress is not null)
        {
            progress.TotalBytes = probes.Sum(probe => probe.FileLength);
        }

        long closeEnd = probes.Count > 0 ? FlushedEnd.In(probes[^1].Number, flushed) : 0;
        var segments = new ExaminedSegment[probes.Count];

        // From the newest to the oldest: a segment's end is known from what follows it.
        for (int index = probes.Count - 1; index >= 0; index--)
        {
            ExaminedSegment? next = index + 1 < probes.Count ? segments[index + 1] : null;
            if (Examine(options, probes[index], next, identity, closeEnd, progress, cancellationToken) is not { } examined)
            {
                // Retention was faster: this and all older segments are gone.
                return new ExaminedLog(segments[(index + 1)..], identity, flushed);
            }

            segments[index] = examined;
        }

        return new ExaminedLog(segments, identity, flushed);
    }

    private static SegmentHeader? IdentityOf(IReadOnlyList<SegmentProbe> probes)
    {
        SegmentProbe? known = probes.FirstOrDefault(probe => probe.Header is not null) ?? probes.FirstOrDefault(probe => probe.RescuedHeader is not null);
        return known?.Header ?? known?.RescuedHeader;
    }

    /// <summary>Null when the file is gone.</summary>
    private static ExaminedSegment? Examine(
        SegmentedLogOptions options, SegmentProbe probe, ExaminedSegment? next, SegmentHeader? identity, long closeEnd, ReadProgress? progress, CancellationToken cancellationToken)
    {
        long limit = next?.Header?.PreviousLength ?? Math.Max(probe.FileLength, SegmentHeader.Size);
        ulong endSequence = next is null ? 0
            : next.Header is { } nextHeader ? nextHeader.FirstSequence
            : next.Scan.FirstSequence != 0 ? next.Scan.FirstSequence
            : next.EndSequence;
        if (!probe.Exists || identity is null)
        {
            var nothing = new SegmentScan { NextSequence = probe.RescuedHeader?.FirstSequence ?? 0 };
            return new ExaminedSegment(probe, limit, endSequence, nothing);
        }

        SegmentHeader header = probe.Header ?? probe.RescuedHeader ?? identity.Value with { Number = probe.Number, FirstSequence = 0 };
        try
        {
            ILogFile file = options.FileSystem.OpenRead(probe.Path);
            using var walker = new SegmentWalker(file, probe.Path, header, options.MaxRecordBytes, Math.Min(limit, probe.FileLength), endSequence) { HasReserve = next is null };
            SegmentScan scan = SegmentScanner.Scan(walker, next is null ? probe.FileLength : null, closeEnd, progress, cancellationToken);
            return new ExaminedSegment(probe, limit, endSequence, scan.NextSequence == 0 ? scan with { NextSequence = header.FirstSequence } : scan);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(probe.Path, 0, e);
        }
    }
}
