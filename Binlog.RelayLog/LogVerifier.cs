using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog;

/// <summary>Reads a whole log and checks every checksum, without the lock and without changing anything: also beside a process that uses it.</summary>
public static class LogVerifier
{
    /// <param name="directory">The log's directory.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The findings, or null when the directory holds no log. Damaged records are reported there.</returns>
    /// <exception cref="CorruptLogException">The segments don't belong together, or a segment's header is damaged.</exception>
    /// <exception cref="LogFormatException">A segment is of another log or a newer version.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static Task<LogVerification?> VerifyAsync(string directory, CancellationToken cancellationToken) =>
        VerifyAsync(new SegmentedLogOptions { Directory = directory }, cancellationToken);

    internal static async Task<LogVerification?> VerifyAsync(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        IReadOnlyList<Segment> segments = ReadDirectory(options, cancellationToken);
        if (segments.Count == 0)
        {
            return null;
        }

        var found = new List<SegmentVerification>();
        for (int i = 0; i < segments.Count; i++)
        {
            ulong? nextFirstSequence = i + 1 < segments.Count ? segments[i + 1].Header.FirstSequence : null;
            if (Verify(options, segments[i], nextFirstSequence, cancellationToken) is { } verification)
            {
                found.Add(verification);
            }
        }

        return new LogVerification(segments[0].Header.ClusterId, segments[0].Header.LogId, found);
    }

    private static IReadOnlyList<Segment> ReadDirectory(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return SegmentDirectory.Read(options, options.FileSystem.ListFiles(options.Directory), expectedCluster: null, cancellationToken);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(options.Directory, 0, e);
        }
    }

    /// <summary>Null when retention removed the segment meanwhile.</summary>
    private static SegmentVerification? Verify(
        SegmentedLogOptions options, Segment segment, ulong? nextFirstSequence, CancellationToken cancellationToken)
    {
        ILogFile file;
        try
        {
            file = options.FileSystem.OpenRead(segment.Path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(segment.Path, 0, e);
        }

        using var cursor = new RecordCursor(
            file, segment.Path, segment.RecordSeed, options.MaxRecordBytes, SegmentHeader.Size, segment.Header.FirstSequence) { Limit = segment.Length, LongestPayload = 0 };
        ulong records = 0;
        ulong lowest = 0;
        ulong highest = 0;
        CursorStatus status;
        while ((status = cursor.Read(out RecordHeader record, out _)) == CursorStatus.Record)
        {
            cancellationToken.ThrowIfCancellationRequested();
            records++;
            ulong commitTs = record.Tag.CommitTs;
            highest = Math.Max(highest, commitTs);
            lowest = commitTs != 0 && (lowest == 0 || commitTs < lowest) ? commitTs : lowest;
        }

        long unfinished = segment.IsSealed ? 0 : segment.Length - cursor.Offset;
        CorruptLogException? damage = FindDamage(file, segment, cursor, status, nextFirstSequence, cancellationToken);
        var info = new SegmentInfo(
            segment.Number, segment.Path, segment.Length - unfinished, segment.IsSealed, segment.Header.BaseCommitTs, segment.Header.FirstSequence, segment.Header.CreatedUtc);
        return new SegmentVerification(info, records, lowest, highest, damage is null ? unfinished : 0, damage);
    }

    private static CorruptLogException? FindDamage(
        ILogFile file, Segment segment, RecordCursor cursor, CursorStatus status, ulong? nextFirstSequence, CancellationToken cancellationToken)
    {
        if (status == CursorStatus.Damaged)
        {
            RecordDamage damage = cursor.Damage;
            var search = new SurvivorSearch(file, segment.RecordSeed, cursor.NextSequence);
            search.Run(cursor.Offset + RecordHeader.Alignment, segment.Length, cancellationToken);
            var findings = new TailFindings(
                segment.Length, cursor.Offset, cursor.NextSequence, damage, search.Count, search.LatestGroupStart, CleanCloseEnd: 0);
            return segment.IsSealed || TailClassifier.Classify(findings) == TailVerdict.Corrupt
                ? new CorruptLogException(segment.Path, damage.Offset, damage.Expected, damage.Found)
                : null;
        }

        return nextFirstSequence is { } next && next != cursor.NextSequence
            ? new CorruptLogException(segment.Path, cursor.Offset, $"records up to sequence {next - 1}, as the next segment says", $"an end after sequence {cursor.NextSequence - 1}")
            : null;
    }
}
