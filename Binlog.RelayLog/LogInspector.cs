using System.Globalization;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;

namespace Binlog.RelayLog;

/// <summary>Looks into a log's directory without the lock and without changing anything: also beside a process that uses it, also when it is damaged.</summary>
public static class LogInspector
{
    /// <summary>Reads the headers of all segments, and of the last segment its records.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="knownEnd">Up to where the caller knows that the log had been flushed; null when it doesn't know.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Null when the directory holds no log.</returns>
    /// <exception cref="CorruptLogException">A file is no segment although its name ends like one.</exception>
    /// <exception cref="LogFormatException">A segment is of another log or a newer version.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static Task<LogOutline?> OutlineAsync(string directory, KnownEnd? knownEnd, CancellationToken cancellationToken) =>
        OutlineAsync(new SegmentedLogOptions { Directory = directory, KnownEnd = knownEnd }, cancellationToken);

    internal static async Task<LogOutline?> OutlineAsync(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var log = ProbedLog.Read(options, cancellationToken);
        if (log.Segments.Count == 0)
        {
            return null;
        }

        int last = log.Segments.Count - 1;
        IEnumerable<SegmentOutline> sealedOnes = log.Segments.Take(last).Select((probe, index) => Outline(probe, log.Segments[index + 1]));
        SegmentHeader identity = log.Identity.GetValueOrDefault();
        return new LogOutline(identity.ClusterId, identity.LogId, [.. sealedOnes, OutlineLast(options, log, last, cancellationToken)]);
    }

    /// <summary>Opens a reader at the log's oldest record; null when the directory holds no log.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="progress">Told how far the reading is.</param>
    /// <param name="knownEnd">Up to where the caller knows that the log had been flushed; null when it doesn't know.</param>
    /// <param name="skipPayloads">Whether large payloads are only checked, not handed out.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static InspectionReader? TryOpenReader(string directory, ReadProgress progress, KnownEnd? knownEnd, bool skipPayloads, CancellationToken cancellationToken) =>
        TryOpenReader(new SegmentedLogOptions { Directory = directory, KnownEnd = knownEnd }, progress, skipPayloads, cancellationToken);

    internal static InspectionReader? TryOpenReader(SegmentedLogOptions options, ReadProgress progress, bool skipPayloads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var log = ProbedLog.Read(options, cancellationToken);
        return log.Segments.Count == 0 ? null : new InspectionReader(options, log, progress) { SkipsPayloads = skipPayloads };
    }

    private static SegmentOutline Outline(SegmentProbe probe, SegmentProbe next)
    {
        ulong? last = next.Header?.FirstSequence - 1;
        ulong? records = probe.Header is { } header && last is { } end ? end + 1 - header.FirstSequence - header.LostSequences : null;
        return new SegmentOutline(Describe(probe, next.Header?.PreviousLength ?? probe.FileLength, true), last, next.Header?.BaseCommitTs, records, probe.Problem ?? FindMissingEnd(probe, next));
    }

    private static CorruptLogException? FindMissingEnd(SegmentProbe probe, SegmentProbe next) =>
        next.Header is { } header && probe.FileLength < header.PreviousLength
            ? new CorruptLogException(
                probe.Path,
                probe.FileLength,
                string.Create(CultureInfo.InvariantCulture, $"{header.PreviousLength} bytes, as segment {next.Number} says"),
                string.Create(CultureInfo.InvariantCulture, $"{probe.FileLength} bytes"))
            : null;

    private static SegmentOutline OutlineLast(SegmentedLogOptions options, ProbedLog log, int index, CancellationToken cancellationToken)
    {
        SegmentProbe probe = log.Segments[index];
        if (probe.Header is not { } header)
        {
            return new SegmentOutline(Describe(probe, probe.FileLength, false), null, null, null, probe.Problem);
        }

        SegmentLayout layout = new LogSurvey(options, log).Describe(index, cancellationToken)
            ?? throw new LogReadException(probe.Path, 0, new FileNotFoundException("The file is gone."));
        SegmentScan scan = layout.Examined.Scan;
        CorruptLogException? problem = DamageList.Of(layout) is [var damage, ..] ? new CorruptLogException(damage.File, damage.From, damage.Expected, damage.Found) : null;
        return new SegmentOutline(Describe(probe, layout.Length, false), LogLayout.NextSequenceOf(layout) - 1, Math.Max(header.BaseCommitTs, scan.HighestCommitTs), scan.Records, problem);
    }

    private static SegmentInfo Describe(SegmentProbe probe, long bytes, bool isSealed)
    {
        SegmentHeader header = probe.Header ?? probe.RescuedHeader ?? default;
        return new SegmentInfo(probe.Number, probe.Path, bytes, isSealed, header.BaseCommitTs, header.FirstSequence, header.CreatedUtc)
        {
            Gaps = (int)header.GapCount,
            LostRecords = header.LostSequences,
        };
    }
}
