using System.Globalization;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Recovery;

/// <summary>Reads a log's directory and checks that its segments belong together.</summary>
internal static class SegmentDirectory
{
    /// <summary>The segments, oldest first, the sealed ones with their final length; the last one with its file's length.</summary>
    /// <exception cref="CorruptLogException">A segment is missing, doubled, renamed, cut short or damaged in its header.</exception>
    /// <exception cref="LogFormatException">A segment is of another cluster, another log or a newer format.</exception>
    public static IReadOnlyList<Segment> Read(SegmentedLogOptions options, IReadOnlyList<string> names, CancellationToken cancellationToken) =>
        Read(options, names, options.ClusterId, cancellationToken);

    /// <summary>The same for any cluster when <paramref name="expectedCluster"/> is null.</summary>
    public static IReadOnlyList<Segment> Read(
        SegmentedLogOptions options, IReadOnlyList<string> names, ulong? expectedCluster, CancellationToken cancellationToken)
    {
        var segments = new List<Segment>();
        foreach (ulong number in SortedNumbers(options.Directory, names))
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = Path.Combine(options.Directory, SegmentName.Of(number));
            (SegmentHeader header, long length) = ReadHeader(options.FileSystem, path);
            Check(header, number, path, options, expectedCluster, segments.LastOrDefault());
            segments.Add(new Segment(header, path, length));
        }

        return segments;
    }

    /// <summary>The numbers of the segment files among the names, ascending.</summary>
    /// <exception cref="CorruptLogException">A name ends like a segment's and is none.</exception>
    public static List<ulong> SortedNumbers(string directory, IReadOnlyList<string> names)
    {
        var numbers = new List<ulong>();
        foreach (string name in names.Where(SegmentName.IsSegment))
        {
            if (!SegmentName.TryParse(name, out ulong number))
            {
                throw new CorruptLogException(
                    Path.Combine(directory, name), 0, "a segment file name of 20 digits and \".seg\"", $"\"{name}\", perhaps a copy or a renamed file");
            }

            numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Reads a segment's header.</summary>
    /// <exception cref="CorruptLogException">It is damaged.</exception>
    /// <exception cref="LogFormatException">It is of a newer version.</exception>
    public static SegmentHeader ReadHeader(ILogFile file, string path)
    {
        Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
        int count = 0;
        int read;
        while (count < bytes.Length && (read = file.Read(bytes[count..], count)) > 0)
        {
            count += read;
        }

        return SegmentHeader.Read(bytes[..count], path);
    }

    private static (SegmentHeader Header, long Length) ReadHeader(ILogFileSystem fileSystem, string path)
    {
        try
        {
            using ILogFile file = fileSystem.OpenRead(path);
            return (ReadHeader(file, path), file.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(path, 0, e);
        }
    }

    private static void Check(in SegmentHeader header, ulong number, string path, SegmentedLogOptions options, ulong? expectedCluster, Segment? previous)
    {
        if (header.Number != number)
        {
            throw new CorruptLogException(path, 40, $"segment number {number}, as the file name says", $"segment number {header.Number}: the file was renamed or copied");
        }

        if (expectedCluster is { } cluster && header.ClusterId != cluster)
        {
            throw new LogFormatException(
                path, Invariant($"the segment belongs to cluster {header.ClusterId}, but this {options.Name} is for cluster {cluster}. Check the cluster id and the directory."));
        }

        if (previous is not null)
        {
            CheckSuccession(header, number, path, options, previous);
        }
    }

    private static void CheckSuccession(in SegmentHeader header, ulong number, string path, SegmentedLogOptions options, Segment previous)
    {
        if (previous.Number + 1 != number)
        {
            string missing = Path.Combine(options.Directory, SegmentName.Of(previous.Number + 1));
            throw new CorruptLogException(missing, 0, $"segment {previous.Number + 1}", $"no such file, but segments {previous.Number} and {number}");
        }

        if (header.LogId != previous.Header.LogId)
        {
            throw new LogFormatException(
                path, $"the segment belongs to another log (identity {header.LogId}) than segment {previous.Number} (identity {previous.Header.LogId}). Remove the foreign file.");
        }

        if (header.FirstSequence < previous.Header.FirstSequence || header.BaseCommitTs < previous.Header.BaseCommitTs)
        {
            throw new CorruptLogException(
                path,
                48,
                Invariant($"a first sequence from {previous.Header.FirstSequence} and a base commit TS from {previous.Header.BaseCommitTs} on"),
                Invariant($"{header.FirstSequence} and {header.BaseCommitTs}"));
        }

        if (header.PreviousLength < SegmentHeader.Size || previous.Length < header.PreviousLength)
        {
            throw new CorruptLogException(
                previous.Path, previous.Length, Invariant($"{header.PreviousLength} bytes, as segment {number} says"), Invariant($"{previous.Length} bytes"));
        }

        previous.Length = header.PreviousLength;
        previous.IsSealed = true;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
