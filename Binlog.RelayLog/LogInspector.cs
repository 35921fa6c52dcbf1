using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;

namespace Binlog.RelayLog;

/// <summary>Looks into a log's directory without the lock and without changing anything: also beside a process that uses it, also when it is damaged.</summary>
public static class LogInspector
{
    /// <summary>Reads the headers of all segments, and of the last segment its records.</summary>
    /// <returns>Null when the directory holds no log.</returns>
    /// <exception cref="CorruptLogException">A file is no segment although its name ends like one.</exception>
    /// <exception cref="LogFormatException">A segment is of another log or a newer version.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static async Task<LogOutline?> OutlineAsync(string directory, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var options = new SegmentedLogOptions { Directory = directory };
        IReadOnlyList<SegmentProbe> probes = LogProbe.Read(options, cancellationToken);
        SegmentProbe? known = probes.FirstOrDefault(probe => probe.Header is not null) ?? probes.FirstOrDefault(probe => probe.RescuedHeader is not null);
        SegmentHeader identity = known?.Header ?? known?.RescuedHeader ?? default;
        var segments = new List<SegmentOutline>();
        for (int index = 0; index < probes.Count; index++)
        {
            SegmentProbe? next = index + 1 < probes.Count ? probes[index + 1] : null;
            segments.Add(next is null ? OutlineLast(options, probes[index], cancellationToken) : Outline(probes[index], next));
        }

        return probes.Count == 0 ? null : new LogOutline(identity.ClusterId, identity.LogId, segments);
    }

    /// <summary>Opens a reader at the log's oldest record; null when the directory holds no log.</summary>
    /// <exception cref="RelayLogException">The files aren't those of one log, or can't be read.</exception>
    public static InspectionReader? TryOpenReader(string directory, ReadProgress progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var options = new SegmentedLogOptions { Directory = directory };
        IReadOnlyList<SegmentProbe> probes = LogProbe.Read(options, cancellationToken);
        return probes.Count == 0 ? null : new InspectionReader(options, probes, progress);
    }

    private static SegmentOutline Outline(SegmentProbe probe, SegmentProbe next)
    {
        ulong? last = next.Header?.FirstSequence - 1;
        ulong? records = probe.Header is { } header && last is { } end ? end + 1 - header.FirstSequence - header.LostSequences : null;
        return new SegmentOutline(Describe(probe, next.Header?.PreviousLength ?? probe.FileLength, true), last, next.Header?.BaseCommitTs, records, probe.Problem);
    }

    private static SegmentOutline OutlineLast(SegmentedLogOptions options, SegmentProbe probe, CancellationToken cancellationToken)
    {
        if (probe.Header is not { } header)
        {
            return new SegmentOutline(Describe(probe, probe.FileLength, false), null, null, null, probe.Problem);
        }

        try
        {
            ILogFile file = options.FileSystem.OpenRead(probe.Path);
            using var walker = new SegmentWalker(file, probe.Path, header, options.MaxRecordBytes, probe.FileLength, 0) { HasReserve = true };
            SegmentScan scan = SegmentScanner.Scan(walker, probe.FileLength, 0, null, cancellationToken);
            ulong next = scan.NextSequence == 0 ? header.FirstSequence : scan.NextSequence;
            return new SegmentOutline(Describe(probe, scan.End, false), next - 1, Math.Max(header.BaseCommitTs, scan.HighestCommitTs), scan.Records, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(probe.Path, 0, e);
        }
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
