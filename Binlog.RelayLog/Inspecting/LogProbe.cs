using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Recovery;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Looks at a log's directory without the lock, beside a process that appends and removes.</summary>
internal static class LogProbe
{
    /// <summary>A segment that is made or removed while the directory is read may be missing from one reading of it; from several in a row it is missing for good.</summary>
    private const int Readings = 5;

    private const ulong LargestHole = 1 << 16;

    /// <summary>The segments, oldest first; empty when there are none. Damaged and missing ones are among them.</summary>
    /// <exception cref="CorruptLogException">A file is no segment although its name ends like one.</exception>
    /// <exception cref="LogFormatException">A segment is of a newer version or of another log.</exception>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static IReadOnlyList<SegmentProbe> Read(SegmentedLogOptions options, CancellationToken cancellationToken)
    {
        List<SegmentProbe> probes = [];
        for (int reading = 0; reading < Readings; reading++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<ulong> numbers = List(options);
            probes = [.. numbers.Select(number => ReadOne(options, number))];
            bool isWhole = probes.All(probe => probe.Exists) && numbers.Zip(numbers.Skip(1)).All(pair => pair.First + 1 == pair.Second);
            if (isWhole)
            {
                break;
            }
        }

        CheckIdentity(probes, options);
        return WithMissing(options, probes);
    }

    /// <summary>The segments, and behind them those up to the one in which a log is known to have ended.</summary>
    /// <exception cref="CorruptLogException">Too many are missing for it to be the same log.</exception>
    public static IReadOnlyList<SegmentProbe> WithMissingEnd(SegmentedLogOptions options, IReadOnlyList<SegmentProbe> probes, KnownEnd flushed)
    {
        ulong next = probes[^1].Number + 1;
        if (flushed.End.Segment < next)
        {
            return probes;
        }

        string expected = FlushedEnd.Describe(flushed);
        if (flushed.End.Segment - next >= LargestHole)
        {
            throw new CorruptLogException(
                Path.Combine(options.Directory, SegmentName.Of(next)), 0, expected, string.Create(CultureInfo.InvariantCulture, $"no segment after {probes[^1].Number}: the directory holds parts of two copies"));
        }

        var all = probes.ToList();
        for (ulong number = next; number <= flushed.End.Segment; number++)
        {
            string path = Path.Combine(options.Directory, SegmentName.Of(number));
            all.Add(new SegmentProbe(number, path, 0, null, new CorruptLogException(path, 0, expected, "no such file"), false));
        }

        return all;
    }

    private static List<ulong> List(SegmentedLogOptions options)
    {
        try
        {
            return SegmentDirectory.SortedNumbers(options.Directory, options.FileSystem.ListFiles(options.Directory));
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

    private static SegmentProbe ReadOne(SegmentedLogOptions options, ulong number)
    {
        string path = Path.Combine(options.Directory, SegmentName.Of(number));
        try
        {
            using ILogFile file = options.FileSystem.OpenRead(path);
            return ReadOne(file, path, number);
        }
        catch (FileNotFoundException)
        {
            return Missing(path, number, "the segment file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(path, 0, e);
        }
    }

    private static SegmentProbe ReadOne(ILogFile file, string path, ulong number)
    {
        long length = file.Length;
        try
        {
            SegmentHeader header = SegmentDirectory.ReadHeader(file, path);
            return header.Number == number
                ? new SegmentProbe(number, path, length, header, null, true)
                : throw new LogFormatException(path, $"the file is segment {header.Number} of its log: it was renamed or copied. Rename it back, or move it away.");
        }
        catch (CorruptLogException e)
        {
            return new SegmentProbe(number, path, length, null, e, true) { RescuedHeader = HeaderRescue.TryFlipBack(file, path, number) };
        }
        catch (LogFormatException) when (HeaderRescue.TryFlipBack(file, path, number) is { } rescued)
        {
            var damage = new CorruptLogException(path, 8, "a format version that this program knows", "a newer one, by a flipped bit: the header's checksum says so");
            return new SegmentProbe(number, path, length, null, damage, true) { RescuedHeader = rescued };
        }
    }

    private static void CheckIdentity(List<SegmentProbe> probes, SegmentedLogOptions options)
    {
        SegmentHeader? first = null;
        foreach (SegmentProbe probe in probes)
        {
            if (probe.Header is not { } header)
            {
                continue;
            }

            first ??= header;
            if (header.LogId != first.Value.LogId || header.ClusterId != first.Value.ClusterId)
            {
                throw new LogFormatException(
                    probe.Path,
                    string.Create(CultureInfo.InvariantCulture, $"the segment belongs to another log (identity {header.LogId}, cluster {header.ClusterId}) than segment {first.Value.Number} in {options.Directory} (identity {first.Value.LogId}, cluster {first.Value.ClusterId}). Move the foreign file away."));
            }
        }
    }

    private static List<SegmentProbe> WithMissing(SegmentedLogOptions options, List<SegmentProbe> probes)
    {
        // What vanished at the old end went by retention.
        probes = [.. probes.SkipWhile(probe => !probe.Exists)];
        var all = new List<SegmentProbe>();
        foreach (SegmentProbe probe in probes)
        {
            ulong expected = all.Count == 0 ? probe.Number : all[^1].Number + 1;
            if (probe.Number - expected > LargestHole)
            {
                throw new CorruptLogException(
                    Path.Combine(options.Directory, SegmentName.Of(expected)),
                    0,
                    $"segment {expected}",
                    $"no such file, nor any up to segment {probe.Number}: the directory holds two logs, or parts of one");
            }

            for (ulong number = expected; number < probe.Number; number++)
            {
                all.Add(Missing(Path.Combine(options.Directory, SegmentName.Of(number)), number, string.Create(CultureInfo.InvariantCulture, $"segment {number}")));
            }

            all.Add(probe);
        }

        return all;
    }

    private static SegmentProbe Missing(string path, ulong number, string expected) =>
        new(number, path, 0, null, new CorruptLogException(path, 0, expected, "no such file, but older and newer ones"), false);
}
