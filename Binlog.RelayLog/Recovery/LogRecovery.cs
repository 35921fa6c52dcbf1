using Binlog.RelayLog.Committing;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Recovery;

/// <summary>Opens a directory for appends: the I/O around <see cref="TailClassifier"/>. Everything it does may be interrupted and repeated.</summary>
internal static class LogRecovery
{
    /// <summary>The caller holds the lock.</summary>
    public static RecoveredLog Run(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        ILogFileSystem files = options.FileSystem;
        IReadOnlyList<string> names = files.ListFiles(options.Directory);
        IReadOnlyList<Segment> segments = SegmentDirectory.Read(options, names, cancellationToken);
        string[] leftovers = [.. names.Where(SegmentName.IsTemporary)];
        KnownEnd? flushed = FlushedEnd.Of(segments.Count > 0 ? segments[^1].Header.LogId : null, CloseMarkFile.TryRead(options), options.KnownEnd);
        if (segments.Count == 0)
        {
            RefuseMissingEnd(options, flushed, Path.Combine(options.Directory, SegmentName.Of(1)), 0, "no segment files");
            RemoveAll(options, leftovers);
            return Begin(options, leftovers, flushed);
        }

        Segment last = segments[^1];
        TailScan scan = TailScanner.Scan(options, last, last.Length, FlushedEnd.In(last.Number, flushed), cancellationToken);
        TailFindings findings = scan.Findings;
        TailVerdict verdict = TailClassifier.Classify(findings);
        if (verdict == TailVerdict.Corrupt)
        {
            RecordDamage damage = findings.Damage!.Value;
            throw new CorruptLogException(
                last.Path, damage.Offset, damage.Expected, $"{damage.Found}; {findings.RecordsAfter} intact records follow, so this isn't the end of an unfinished append");
        }

        KnownEnd? missing = flushed?.End > new LogPosition(last.Number, findings.End) ? flushed : null;
        RefuseMissingEnd(options, missing, last.Path, findings.End, findings.Damage?.Found ?? "the end of the log");
        RemoveAll(options, leftovers);
        bool knownFlushed = findings.End <= Math.Max(findings.CleanCloseEnd, SegmentHeader.Size);
        if (verdict == TailVerdict.TornTail || !knownFlushed || scan.DirtyPaddings.Count > 0)
        {
            TailRepair.Rewrite(files, last.Path, findings.End, scan.DirtyPaddings);
        }

        // Also makes the name of the last segment durable, in case the crash came between its rename and that flush.
        files.FlushDirectory(options.Directory);
        last.Length = findings.End;
        var end = new LogEnd(findings.End, findings.NextSequence, scan.HighestCommitTs);
        RecordTag? lastTag = scan.LastTag ?? LastTagBefore(options, segments, cancellationToken);
        TornTail? torn = verdict == TailVerdict.TornTail
            ? new TornTail(last.Number, last.Path, findings.End, findings.FileLength - findings.End)
            : null;
        if (missing is not null)
        {
            // Otherwise the mark would speak of records that never were, once others take the place of those that are gone.
            CloseMarkFile.PutBack(options.FileSystem, options.Directory, new CloseMark(last.Header.LogId, last.Number, findings.End));
        }

        return new RecoveredLog(segments, files.OpenWrite(last.Path), end, Report(segments, end, lastTag, torn, leftovers) with { MissingEnd = missing });
    }

    private static void RefuseMissingEnd(SegmentedLogOptions options, KnownEnd? missing, string path, long offset, string found)
    {
        if (missing is not null && !options.AcceptMissingEnd)
        {
            throw new CorruptLogException(path, offset, FlushedEnd.Describe(missing), found);
        }
    }

    private static RecoveredLog Begin(SegmentedLogOptions options, string[] leftovers, KnownEnd? missing)
    {
        var header = new SegmentHeader(
            options.ClusterId, Guid.NewGuid(), 1, 1, 0, options.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds(), 0);
        string path = Path.Combine(options.Directory, SegmentName.Of(1));
        ILogFile file = SegmentFile.Create(options.FileSystem, path, header);
        options.FileSystem.FlushDirectory(options.Directory);
        Segment[] segments = [new Segment(header, path, SegmentHeader.Size)];
        var end = new LogEnd(SegmentHeader.Size, 1, 0);
        return new RecoveredLog(segments, file, end, Report(segments, end, null, null, leftovers) with { MissingEnd = missing });
    }

    /// <summary>The last segment is empty after a roll that nothing followed; the last record is then in an earlier one.</summary>
    private static RecordTag? LastTagBefore(SegmentedLogOptions options, IReadOnlyList<Segment> segments, CancellationToken cancellationToken)
    {
        for (int i = segments.Count - 2; i >= 0; i--)
        {
            TailScan scan = TailScanner.Scan(options, segments[i], segments[i].Length, segments[i].Length, cancellationToken);
            if (scan.Findings.Damage is { } damage)
            {
                throw new CorruptLogException(segments[i].Path, damage.Offset, damage.Expected, damage.Found);
            }

            if (scan.LastTag is not null)
            {
                return scan.LastTag;
            }
        }

        return null;
    }

    private static void RemoveAll(SegmentedLogOptions options, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            options.FileSystem.Delete(Path.Combine(options.Directory, name));
        }
    }

    private static RecoveryReport Report(IReadOnlyList<Segment> segments, LogEnd end, RecordTag? lastTag, TornTail? torn, string[] leftovers) =>
        new(
            segments.Count,
            segments.Aggregate(end.NextSequence - segments[0].Header.FirstSequence, (records, segment) => records - segment.Header.LostSequences),
            segments.Sum(s => s.Length),
            end.NextSequence - 1,
            lastTag,
            end.HighestCommitTs,
            torn,
            leftovers);
}
