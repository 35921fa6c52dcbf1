using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Binlog.Service.Commands.Bench;

/// <summary>What <c>bench first-row</c> measured.</summary>
/// <param name="Transactions">Transactions that waited at each start.</param>
/// <param name="ToReady">From the start of the process until it said that it is online, for each start.</param>
/// <param name="ToFirstRow">From there until the first row was seen.</param>
internal sealed record FirstRowResult(int Transactions, IReadOnlyList<TimeSpan> ToReady, IReadOnlyList<TimeSpan> ToFirstRow)
{
    private IEnumerable<(string Key, string Text, double Value, string Unit)> Figures =>
    [
        ("transactions", "transactions that waited", Transactions, ""),
        ("rounds", "starts", ToReady.Count, ""),
        ("toReadyMs", "process start to online, median", Median(ToReady).TotalMilliseconds, " ms"),
        ("toFirstRowMs", "online to first row, median", Median(ToFirstRow).TotalMilliseconds, " ms"),
        ("toFirstRowLeastMs", "online to first row, shortest", ToFirstRow.Min().TotalMilliseconds, " ms"),
        ("toFirstRowMostMs", "online to first row, longest", ToFirstRow.Max().TotalMilliseconds, " ms"),
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
            table.AddRow(text, value.ToString("N0", CultureInfo.InvariantCulture) + unit);
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }

    private static TimeSpan Median(IReadOnlyList<TimeSpan> times) => times.Order().ElementAt(times.Count / 2);

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
