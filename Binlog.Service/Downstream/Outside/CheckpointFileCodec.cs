using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.RelayLog.Format;
using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Downstream.Outside;

/// <summary>The form of a checkpoint in a file: a line with format version and checksum, a line of JSON. Pure.</summary>
internal static class CheckpointFileCodec
{
    private const string Magic = "binlogd-checkpoint";

    /// <summary>In place of the checksum in a file that was changed by hand.</summary>
    private const string ByHand = "by-hand";

    private static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether bytes begin as a file of this form does.</summary>
    public static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.StartsWith("binlogd-checkpoint "u8);

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(OutsideCheckpoint checkpoint)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, Format))
        {
            writer.WriteStartObject();
            writer.WriteNumber("clusterId", checkpoint.ClusterId);
            writer.WriteString("target", checkpoint.Target);
            writer.WriteNumber("epoch", checkpoint.Epoch);
            writer.WriteString("holder", checkpoint.Holder);
            writer.WriteNumber("commitTs", checkpoint.Checkpoint.CommitTs);
            writer.WriteNumber("schemaVersion", checkpoint.Checkpoint.SchemaVersion);
            writer.WriteNumber("inDoubtUpTo", checkpoint.InDoubtUpTo);
            writer.WriteBoolean("inDoubtAsAWhole", checkpoint.IsInDoubtAsAWhole);
            if (checkpoint.Intent is { } intent)
            {
                writer.WriteStartObject("ddl");
                writer.WriteNumber("commitTs", intent.CommitTs);
                writer.WriteNumber("jobId", intent.JobId);
                writer.WriteNumber("step", intent.Step);
                writer.WriteString("fingerprint", intent.Fingerprint);
                writer.WriteString("statement", checkpoint.Statement ?? "");
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        ReadOnlySpan<byte> body = json.GetBuffer().AsSpan(0, (int)json.Length);
        string header = string.Create(CultureInfo.InvariantCulture, $"{Magic} {OutsideCheckpoint.FormatVersion} {Crc32C.Compute(body):x8}\n");
        return [.. Encoding.ASCII.GetBytes(header), .. body, (byte)'\n'];
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="bytes">All of them.</param>
    /// <param name="where">The file, for messages.</param>
    /// <exception cref="TargetException">They are damaged, or of a newer program.</exception>
    public static OutsideCheckpoint Read(ReadOnlySpan<byte> bytes, string where)
    {
        int end = bytes.IndexOf((byte)'\n');
        string[] header = end < 0 || end > 100 ? [] : Encoding.ASCII.GetString(bytes[..end]).Split(' ');
        if (header is not [Magic, { } version, { } checksum])
        {
            throw Damaged(where, $"its first line is not \"{Magic} VERSION CHECKSUM\"");
        }

        if (version != OutsideCheckpoint.FormatVersion.ToString(CultureInfo.InvariantCulture))
        {
            throw new TargetException($"{where} has format version {version}; this program knows {OutsideCheckpoint.FormatVersion}. Use the version that wrote it, or a newer one.", isTransient: false);
        }

        ReadOnlySpan<byte> body = bytes[(end + 1)..].TrimEnd("\r\n"u8);
        string found = Crc32C.Compute(body).ToString("x8", CultureInfo.InvariantCulture);
        if (checksum != ByHand && (checksum != found || bytes[^1] != '\n'))
        {
            throw Damaged(where, $"its checksum is {found}, the first line says {checksum}");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body.ToArray());
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Damaged(where, exception.Message);
        }
    }

    private static OutsideCheckpoint Read(JsonElement json)
    {
        bool hasIntent = json.TryGetProperty("ddl", out JsonElement ddl);
        return new OutsideCheckpoint
        {
            ClusterId = json.GetProperty("clusterId").GetUInt64(),
            Target = json.GetProperty("target").GetString() ?? "",
            Epoch = json.GetProperty("epoch").GetUInt64(),
            Holder = json.GetProperty("holder").GetString() ?? "",
            Checkpoint = new Checkpoint(json.GetProperty("commitTs").GetUInt64(), json.GetProperty("schemaVersion").GetInt64()),
            InDoubtUpTo = json.GetProperty("inDoubtUpTo").GetUInt64(),
            IsInDoubtAsAWhole = json.GetProperty("inDoubtAsAWhole").GetBoolean(),
            Intent = hasIntent
                ? new DdlIntent(ddl.GetProperty("commitTs").GetUInt64(), ddl.GetProperty("jobId").GetInt64(), ddl.GetProperty("step").GetInt32(), ddl.GetProperty("fingerprint").GetString() ?? "")
                : null,
            Statement = hasIntent ? ddl.GetProperty("statement").GetString() : null,
        };
    }

    private static TargetException Damaged(string where, string found) => new(
        $"{where} is damaged: {found}. Nothing was applied. Restore it; or, when it is known up to which commit TS the target has everything, write that into its second line and {ByHand} in place of the checksum.",
        isTransient: false);
}
