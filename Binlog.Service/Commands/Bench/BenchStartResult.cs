using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench start</c> measured.</summary>
internal sealed record BenchStartResult
{
    /// <summary>Transactions that the store was filled with.</summary>
    public required int Transactions { get; init; }

    /// <summary>Bytes of their binlogs.</summary>
    public required long BinlogBytes { get; init; }

    /// <summary>Bytes of the store at the end; a few more transactions are in it then.</summary>
    public required long DiskBytes { get; init; }

    /// <summary>Start without an index.</summary>
    public required TimeSpan Rebuilt { get; init; }

    /// <summary>Start after a clean stop; median.</summary>
    public required TimeSpan AfterCleanStop { get; init; }

    /// <summary>Start after SIGKILL under load; median.</summary>
    public required TimeSpan AfterKill { get; init; }

    /// <summary>The last process's cost; null when it can't say.</summary>
    public ProcessUsage? UsageAfter { get; init; }

    private IEnumerable<(string Key, string Text, double Value, string Unit)> Figures =>
    [
        ("transactions", "transactions", Transactions, ""),
        ("binlogBytes", "bytes of binlogs", BinlogBytes, ""),
        ("diskBytes", "bytes on disk", DiskBytes, ""),
        ("rebuildSeconds", "start, index made anew", Rebuilt.TotalSeconds, " s"),
        ("afterCleanStopSeconds", "start after a clean stop", AfterCleanStop.TotalSeconds, " s"),
        ("afterKillSeconds", "start after SIGKILL", AfterKill.TotalSeconds, " s"),
        ("serverRssMiB", "resident memory", (UsageAfter?.ResidentBytes ?? 0) / (1024.0 * 1024.0), " MiB"),
    ];

    /// <summary>Shows the result: as a table, or as one JSON object on one line.</summary>
    public void Write(bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(ToJson());
            return;
        }

        Table table = new Table().Border(TableBorder.Rounded).HideHeaders();
        table.AddColumn("figure");
        table.AddColumn("value", column => column.RightAligned());
        foreach ((_, string text, double value, string unit) in Figures)
        {
            table.AddRow(text, value.ToString(unit == " s" ? "N3" : "N0", CultureInfo.InvariantCulture) + unit);
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }

    private string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach ((string key, _, double value, _) in Figures)
            {
                writer.WriteNumber(key, Math.Round(value, 3));
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
