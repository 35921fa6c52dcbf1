using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.RelayLog;

namespace Binlog.Service.Commands.Inspect;

/// <summary>JSON that several verbs of <c>inspect</c> print.</summary>
internal static class InspectJson
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object as text.</summary>
    public static string Object(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    public static void WriteDamages(Utf8JsonWriter writer, IEnumerable<DamagedRange> damages)
    {
        writer.WriteStartArray("damages");
        foreach (DamagedRange damage in damages)
        {
            writer.WriteStartObject();
            writer.WriteString("kind", damage.Kind.ToString());
            writer.WriteNumber("segment", damage.Segment);
            writer.WriteString("file", damage.File);
            writer.WriteNumber("fromByte", damage.From);
            writer.WriteNumber("toByte", damage.To);
            writer.WriteNumber("lostRecords", damage.LostRecords);
            writer.WriteBoolean("isMinimum", damage.IsMinimum);
            WriteKnown(writer, "firstSequence", damage.FirstSequence);
            WriteKnown(writer, "commitTsBefore", damage.CommitTsBefore);
            WriteKnown(writer, "commitTsAfter", damage.CommitTsAfter);
            writer.WriteString("expected", damage.Expected);
            writer.WriteString("found", damage.Found);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    public static void WriteRepairs(Utf8JsonWriter writer, IEnumerable<RepairRecord> repairs)
    {
        writer.WriteStartArray("repairs");
        foreach (RepairRecord repair in repairs)
        {
            writer.WriteStartObject();
            writer.WriteString("at", repair.At);
            writer.WriteString("by", repair.By);
            writer.WriteString("quarantine", repair.Quarantine);
            writer.WriteNumber("lostRecords", repair.LostRecords);
            WriteDamages(writer, repair.Damages);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>A number, or null for 0 and for what isn't known.</summary>
    public static void WriteKnown(Utf8JsonWriter writer, string name, ulong? value)
    {
        if (value is > 0 and var known)
        {
            writer.WriteNumber(name, known);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
