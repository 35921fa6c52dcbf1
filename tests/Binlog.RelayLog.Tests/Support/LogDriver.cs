using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Tests.Support;

/// <summary>Short forms of what most tests do with a log.</summary>
internal static class LogDriver
{
    public static SegmentedLogOptions Options(string directory, ILogFileSystem? fileSystem = null, long segmentSize = 4096) => new()
    {
        Directory = directory,
        Name = "test log",
        ClusterId = 7,
        SegmentSizeBytes = segmentSize,
        FileSystem = fileSystem ?? PhysicalLogFileSystem.Instance,
    };

    public static Task<SegmentedLog> OpenAsync(SegmentedLogOptions options) => SegmentedLog.OpenAsync(options, CancellationToken.None);

    /// <summary>Payload that depends on the sequence number alone, so that a reader can tell right from wrong.</summary>
    public static byte[] Payload(ulong sequence, int size)
    {
        var bytes = new byte[size];
        new Random(unchecked((int)sequence * 31 + size)).NextBytes(bytes);
        return bytes;
    }

    public static RecordTag Tag(ulong sequence) => new((ushort)(sequence % 7), sequence * 2, (sequence * 2) + 1);

    /// <summary>Appends one record after another, each with its own flush.</summary>
    public static async Task<List<LogPosition>> AppendAsync(SegmentedLog log, params int[] sizes)
    {
        var positions = new List<LogPosition>();
        foreach (int size in sizes)
        {
            ulong sequence = log.LastSequence + 1;
            positions.Add(await log.AppendAsync(Tag(sequence), Payload(sequence, size), CancellationToken.None));
        }

        return positions;
    }

    /// <summary>Reads everything, checking order and contents; returns the sizes.</summary>
    public static List<int> ReadAll(SegmentedLog log)
    {
        using LogReader reader = log.OpenReader(default);
        return ReadAll(reader);
    }

    public static List<int> ReadAll(LogReader reader)
    {
        var sizes = new List<int>();
        ulong? expected = null;
        while (reader.TryRead(out LogRecord record))
        {
            Assert.Equal(expected ?? record.Sequence, record.Sequence);
            Assert.Equal(Tag(record.Sequence), record.Tag);
            Assert.True(record.Payload.Span.SequenceEqual(Payload(record.Sequence, record.Payload.Length)), $"payload of record {record.Sequence}");
            expected = record.Sequence + 1;
            sizes.Add(record.Payload.Length);
        }

        return sizes;
    }

    public static string SegmentPath(string directory, ulong number) => Path.Combine(directory, SegmentName.Of(number));
}
