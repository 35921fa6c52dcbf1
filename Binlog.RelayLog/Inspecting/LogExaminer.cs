using Binlog.RelayLog.Format;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Reads a log, over damage, without the lock and without changing anything.</summary>
internal static class LogExaminer
{
    /// <summary>Reads all of it.</summary>
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static ExaminedLog Examine(SegmentedLogOptions options, ReadProgress? progress, CancellationToken cancellationToken)
    {
        var log = ProbedLog.Read(options, cancellationToken);
        if (progress is not null)
        {
            progress.TotalBytes = log.Bytes;
        }

        var segments = new ExaminedSegment[log.Segments.Count];

        // From the newest to the oldest: a segment's end is known from what follows it.
        for (int index = segments.Length - 1; index >= 0; index--)
        {
            ExaminedSegment? next = index + 1 < segments.Length ? segments[index + 1] : null;
            if (Examine(options, log, index, next, progress, cancellationToken) is not { } examined)
            {
                // Retention was faster: this and all older segments are gone.
                return new ExaminedLog(segments[(index + 1)..], log.Identity, log.Flushed);
            }

            segments[index] = examined;
        }

        return new ExaminedLog(segments, log.Identity, log.Flushed);
    }

    /// <summary>Reads one segment; null when its file is gone.</summary>
    /// <param name="options">The log's options.</param>
    /// <param name="log">The log.</param>
    /// <param name="index">Which of its segments.</param>
    /// <param name="next">The one that follows it; null for the last. It must have been read unless it has a header.</param>
    /// <param name="progress">Counts the bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static ExaminedSegment? Examine(
        SegmentedLogOptions options, ProbedLog log, int index, ExaminedSegment? next, ReadProgress? progress, CancellationToken cancellationToken)
    {
        SegmentProbe probe = log.Segments[index];
        long limit = next?.Header?.PreviousLength ?? Math.Max(probe.FileLength, SegmentHeader.Size);
        ulong endSequence = next is null ? 0
            : next.Header is { } nextHeader ? nextHeader.FirstSequence
            : next.Scan.FirstSequence != 0 ? next.Scan.FirstSequence
            : next.EndSequence;
        if (!probe.Exists || log.Identity is null)
        {
            var nothing = new SegmentScan { NextSequence = probe.RescuedHeader?.FirstSequence ?? 0 };
            return new ExaminedSegment(probe, limit, endSequence, nothing);
        }

        SegmentHeader header = HeaderOf(probe, log.Identity.Value);
        try
        {
            using var walker = new SegmentWalker(
                options.FileSystem.OpenRead(probe.Path), probe.Path, header, options.MaxRecordBytes, Math.Min(limit, probe.FileLength), endSequence)
            {
                HasReserve = next is null,
                LargestPayload = 0,
            };
            SegmentScan scan = SegmentScanner.Scan(walker, next is null ? probe.FileLength : null, FlushedEnd.In(probe.Number, log.Flushed), progress, cancellationToken);
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

    /// <summary>What is known of a segment's header: its identity at least.</summary>
    public static SegmentHeader HeaderOf(SegmentProbe probe, in SegmentHeader identity) =>
        probe.Header ?? probe.RescuedHeader ?? identity with { Number = probe.Number, FirstSequence = 0 };
}
