using System.Globalization;
using System.Text.Json;
using Binlog.RelayLog;
using Spectre.Console;

namespace Binlog.Service.Commands.Inspect;

/// <summary>Shows a log's segments: as a table, or as one JSON object on one line.</summary>
internal static class LsReport
{
    private const int WidthOfFiles = 240;

    public static void Write(LsListing listing, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(InspectJson.Object(writer => WriteJson(writer, listing)));
        }
        else
        {
            WriteText(listing, output);
        }
    }

    private static void WriteJson(Utf8JsonWriter writer, LsListing listing)
    {
        writer.WriteString("directory", listing.Directory);
        writer.WriteString("kind", NameOf(listing.Kind));
        writer.WriteNumber("clusterId", listing.ClusterId);
        writer.WriteString("logId", listing.LogId);
        writer.WriteStartArray("segments");
        foreach (LsRow row in listing.Rows)
        {
            writer.WriteStartObject();
            writer.WriteNumber("number", row.Segment.Number);
            writer.WriteString("file", row.Segment.Path);
            writer.WriteString("state", StateOf(row));
            writer.WriteNumber("bytes", row.Segment.Bytes);
            WriteNumber(writer, "records", row.Records);
            InspectJson.WriteKnown(writer, "firstSequence", row.Segment.FirstSequence);
            InspectJson.WriteKnown(writer, "lastSequence", row.LastSequence);
            InspectJson.WriteKnown(writer, "lowestCommitTs", row.LowestCommitTs);
            InspectJson.WriteKnown(writer, "highestCommitTs", row.HighestCommitTs);
            writer.WriteString("created", row.Segment.CreatedUtc);
            writer.WriteNumber("gaps", row.Segment.Gaps);
            writer.WriteNumber("lostRecords", row.Segment.LostRecords);
            writer.WriteString("problem", row.Problem);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartObject("total");
        writer.WriteNumber("segments", listing.Rows.Count);
        writer.WriteNumber("bytes", BytesOf(listing));
        WriteNumber(writer, "records", RecordsOf(listing));
        writer.WriteEndObject();
        InspectJson.WriteRepairs(writer, listing.Repairs);
    }

    private static void WriteText(LsListing listing, TextWriter output)
    {
        output.WriteLine($"{NameOf(listing.Kind)} in {listing.Directory}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cluster {listing.ClusterId}, log {listing.LogId}"));
        Table table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("segment", column => column.RightAligned());
        table.AddColumn("file");
        table.AddColumn("state");
        table.AddColumn("bytes", column => column.RightAligned());
        table.AddColumn("records", column => column.RightAligned());
        table.AddColumn("sequence");
        table.AddColumn("commit TS");
        table.AddColumn("time of the commit TS");
        table.AddColumn("created");
        foreach (LsRow row in listing.Rows)
        {
            table.AddRow([.. CellsOf(row).Select(cell => new Text(cell))]);
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!console.Profile.Capabilities.Interactive)
        {
            console.Profile.Width = WidthOfFiles;
        }

        console.Write(table);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"total: {listing.Rows.Count} segments, {BytesOf(listing):N0} bytes, {(RecordsOf(listing) is { } records ? records.ToString("N0", CultureInfo.InvariantCulture) : "?")} records"));
        foreach (LsRow row in listing.Rows.Where(row => row.Problem is not null))
        {
            output.WriteLine($"DAMAGED {row.Segment.Path}: {row.Problem}");
        }

        foreach (LsRow row in listing.Rows.Where(row => row.Segment.Gaps > 0))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"repaired: segment {row.Segment.Number} has {row.Segment.Gaps} gaps, {row.Segment.LostRecords} records were lost"));
        }

        foreach (RepairRecord repair in listing.Repairs)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"repair of {TsText.Time(repair.At)} by {repair.By}: {repair.LostRecords} records lost; before: {repair.Quarantine}"));
        }
    }

    private static IEnumerable<string> CellsOf(LsRow row)
    {
        SegmentInfo segment = row.Segment;
        yield return segment.Number.ToString(CultureInfo.InvariantCulture);
        yield return Path.GetFileName(segment.Path);
        yield return StateOf(row);
        yield return segment.Bytes.ToString("N0", CultureInfo.InvariantCulture);
        yield return row.Records?.ToString("N0", CultureInfo.InvariantCulture) ?? "?";
        yield return Range(segment.FirstSequence, row.LastSequence < segment.FirstSequence ? 0 : row.LastSequence, value => value.ToString(CultureInfo.InvariantCulture));
        yield return Range(row.LowestCommitTs, row.HighestCommitTs, value => value.ToString(CultureInfo.InvariantCulture));
        yield return Range(row.LowestCommitTs, row.HighestCommitTs, TsText.Time);
        yield return segment.CreatedUtc == DateTimeOffset.UnixEpoch ? "?" : TsText.Time(segment.CreatedUtc);
    }

    private static string Range(ulong? from, ulong? to, Func<ulong, string> show) =>
        to is 0 ? "-" : $"{(from is > 0 and var first ? show(first) : "")} … {(to is { } last ? show(last) : "?")}".Trim();

    private static string StateOf(LsRow row) => row.Problem is not null ? "damaged" : row.Segment.IsSealed ? "sealed" : "open";

    private static string NameOf(LogKind kind) => kind switch
    {
        LogKind.Pump => "Pump store",
        LogKind.Relay => "relay log",
        _ => "log of unknown kind",
    };

    private static long BytesOf(LsListing listing) => listing.Rows.Sum(row => row.Segment.Bytes);

    private static ulong? RecordsOf(LsListing listing) =>
        listing.Rows.All(row => row.Records is not null) ? listing.Rows.Aggregate(0UL, (sum, row) => sum + row.Records!.Value) : null;

    private static void WriteNumber(Utf8JsonWriter writer, string name, ulong? value)
    {
        if (value is { } known)
        {
            writer.WriteNumber(name, known);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
