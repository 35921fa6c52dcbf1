using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.Service.Drainer.Checking;

namespace Binlog.Service.Commands.Check;

/// <summary>Findings as a table and as JSON.</summary>
internal static class FindingReport
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line for each finding, with the remedy below; then how many there are of each level.</summary>
    public static void Write(IReadOnlyList<Finding> findings, TextWriter output)
    {
        output.WriteLine($"{"LEVEL",-8} {"CHECK",-15} WHERE: FOUND");
        foreach (Finding finding in findings)
        {
            output.WriteLine($"{NameOf(finding.Level),-8} {finding.Check,-15} {finding.Where}: {finding.Found}");
            if (finding.Remedy is { } remedy)
            {
                output.WriteLine($"{"",-24} To do: {remedy}");
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(findings, FindingLevel.Error)} errors, {Count(findings, FindingLevel.Warning)} warnings, {Count(findings, FindingLevel.Note)} notes, {Count(findings, FindingLevel.Ok)} ok"));
    }

    /// <summary>One JSON object.</summary>
    public static string ToJson(IReadOnlyList<Finding> findings)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Format))
        {
            writer.WriteStartObject();
            writer.WriteNumber("errors", Count(findings, FindingLevel.Error));
            writer.WriteNumber("warnings", Count(findings, FindingLevel.Warning));
            writer.WriteStartArray("findings");
            foreach (Finding finding in findings)
            {
                writer.WriteStartObject();
                writer.WriteString("level", NameOf(finding.Level));
                writer.WriteString("check", finding.Check);
                writer.WriteString("where", finding.Where);
                writer.WriteString("found", finding.Found);
                writer.WriteString("remedy", finding.Remedy);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string NameOf(FindingLevel level) => JsonNamingPolicy.CamelCase.ConvertName(level.ToString());

    private static int Count(IReadOnlyList<Finding> findings, FindingLevel level) => findings.Count(finding => finding.Level == level);
}
