using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;

namespace Binlog.RelayLog;

/// <summary>Reads a whole log and checks every checksum, without the lock and without changing anything: also beside a process that uses it.</summary>
public static class LogVerifier
{
    /// <summary>Verifies the log in a directory.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The findings, or null when the directory holds no log. Damage is reported there.</returns>
    /// <exception cref="CorruptLogException">A file is no segment although its name ends like one.</exception>
    /// <exception cref="LogFormatException">A segment is of another log or a newer version.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static Task<LogVerification?> VerifyAsync(string directory, CancellationToken cancellationToken) =>
        VerifyAsync(new SegmentedLogOptions { Directory = directory }, null, cancellationToken);

    /// <inheritdoc cref="VerifyAsync(string, CancellationToken)"/>
    /// <param name="directory">The log's directory.</param>
    /// <param name="progress">Told how far the reading is.</param>
    /// <param name="knownEnd">Up to where the caller knows that the log had been flushed; null when it doesn't know.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static Task<LogVerification?> VerifyAsync(string directory, ReadProgress progress, KnownEnd? knownEnd, CancellationToken cancellationToken) =>
        VerifyAsync(new SegmentedLogOptions { Directory = directory, KnownEnd = knownEnd }, progress, cancellationToken);

    internal static Task<LogVerification?> VerifyAsync(SegmentedLogOptions options, CancellationToken cancellationToken) =>
        VerifyAsync(options, null, cancellationToken);

    private static async Task<LogVerification?> VerifyAsync(SegmentedLogOptions options, ReadProgress? progress, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        ExaminedLog log = LogExaminer.Examine(options, progress, cancellationToken);
        if (log.Segments.Count == 0)
        {
            return null;
        }

        IReadOnlyList<SegmentLayout> layouts = LogLayout.Of(log);
        return log.Identity is { } identity
            ? new LogVerification(identity.ClusterId, identity.LogId, [.. layouts.Select(Describe)]) { MissingEnd = LostEnd.DamagesOf(layouts) }
            : new LogVerification(0, Guid.Empty, [.. log.Segments.Select((segment, index) => Describe(segment, index + 1 < log.Segments.Count))]);
    }

    private static SegmentVerification Describe(SegmentLayout layout)
    {
        SegmentScan scan = layout.Examined.Scan;
        SegmentHeader header = layout.Header;
        var info = new SegmentInfo(
            header.Number, layout.Examined.Probe.Path, layout.Length, layout.IsSealed, header.BaseCommitTs, header.FirstSequence, header.CreatedUtc)
        {
            Gaps = (int)header.GapCount,
            LostRecords = header.LostSequences,
        };
        ulong next = scan.NextSequence == 0 ? header.FirstSequence : scan.NextSequence;
        return new SegmentVerification(info, scan.Records, scan.LowestCommitTs, scan.HighestCommitTs, layout.UnfinishedBytes, DamageList.Of(layout))
        {
            LastSequence = next - 1,
        };
    }

    /// <summary>No segment has a header, so no record can be told from chance.</summary>
    private static SegmentVerification Describe(ExaminedSegment segment, bool isSealed)
    {
        SegmentProbe probe = segment.Probe;
        var info = new SegmentInfo(probe.Number, probe.Path, probe.FileLength, isSealed, 0, 0, DateTimeOffset.UnixEpoch);
        return new SegmentVerification(info, 0, 0, 0, 0, [DamageList.OfHeader(probe, probe.Problem!)]);
    }
}
