using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Repairing;

/// <summary>The file that keeps a log's repairs, one JSON object per line. A line is there before the first byte of the log is changed.</summary>
internal static class RepairJournal
{
    private const int LargestFile = 64 << 20;
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Appends a line and flushes it.</summary>
    public static void Append(ILogFileSystem fileSystem, string directory, RepairRecord record)
    {
        string path = Path.Combine(directory, SegmentName.Repairs);
        bool exists = fileSystem.ListFiles(directory).Contains(SegmentName.Repairs);
        using ILogFile file = exists ? fileSystem.OpenWrite(path) : fileSystem.Create(path);
        long end = file.Length;
        // A line that a crash cut short stays by itself.
        byte[] line = Encoding.UTF8.GetBytes((end == 0 || EndsLine(file, end) ? "" : "\n") + ToJson(record) + "\n");
        file.Write(line, end);
        file.Flush();
        fileSystem.FlushDirectory(directory);
    }

    /// <summary>What the file says; empty when there is none. Lines that can't be read are passed over.</summary>
    /// <exception cref="LogReadException">The operating system failed to read.</exception>
    public static IReadOnlyList<RepairRecord> Read(ILogFileSystem fileSystem, string directory)
    {
        string path = Path.Combine(directory, SegmentName.Repairs);
        try
        {
            using ILogFile file = fileSystem.OpenRead(path);
            byte[] bytes = new byte[Math.Min(file.Length, LargestFile)];
            int count = 0;
            int read;
            while (count < bytes.Length && (read = file.Read(bytes.AsSpan(count), count)) > 0)
            {
                count += read;
            }

            return [.. Encoding.UTF8.GetString(bytes, 0, count).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(TryParse).OfType<RepairRecord>()];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LogReadException(path, 0, e);
        }
    }

    private static bool EndsLine(ILogFile file, long end)
    {
        Span<byte> last = stackalloc byte[1];
        return file.Read(last, end - 1) == 1 && last[0] == '\n';
    }

    private static string ToJson(RepairRecord record)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("at", record.At);
            writer.WriteString("by", record.By);
            writer.WriteString("quarantine", record.Quarantine);
            writer.WriteStartArray("damages");
            foreach (DamagedRange damage in record.Damages)
            {
                Write(writer, damage);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, DamagedRange damage)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", damage.Kind.ToString());
        writer.WriteNumber("segment", damage.Segment);
        writer.WriteString("file", Path.GetFileName(damage.File));
        writer.WriteNumber("from", damage.From);
        writer.WriteNumber("to", damage.To);
        writer.WriteNumber("firstSequence", damage.FirstSequence);
        writer.WriteNumber("lostRecords", damage.LostRecords);
        writer.WriteBoolean("isMinimum", damage.IsMinimum);
        writer.WriteNumber("commitTsBefore", damage.CommitTsBefore);
        writer.WriteNumber("commitTsAfter", damage.CommitTsAfter);
        writer.WriteString("expected", damage.Expected);
        writer.WriteString("found", damage.Found);
        writer.WriteEndObject();
    }

    private static RepairRecord? TryParse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return new RepairRecord(
                root.GetProperty("at").GetDateTimeOffset(),
                root.GetProperty("by").GetString() ?? "",
                root.GetProperty("quarantine").GetString() ?? "",
                [.. root.GetProperty("damages").EnumerateArray().Select(ParseDamage)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static DamagedRange ParseDamage(JsonElement damage) => new()
    {
        Kind = Enum.Parse<DamageKind>(damage.GetProperty("kind").GetString() ?? ""),
        Segment = damage.GetProperty("segment").GetUInt64(),
        File = damage.GetProperty("file").GetString() ?? "",
        From = damage.GetProperty("from").GetInt64(),
        To = damage.GetProperty("to").GetInt64(),
        FirstSequence = damage.GetProperty("firstSequence").GetUInt64(),
        LostRecords = damage.GetProperty("lostRecords").GetUInt64(),
        IsMinimum = damage.GetProperty("isMinimum").GetBoolean(),
        CommitTsBefore = damage.GetProperty("commitTsBefore").GetUInt64(),
        CommitTsAfter = damage.GetProperty("commitTsAfter").GetUInt64(),
        Expected = damage.GetProperty("expected").GetString() ?? "",
        Found = damage.GetProperty("found").GetString() ?? "",
    };
}
