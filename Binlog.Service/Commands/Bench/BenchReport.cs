using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Binlog.Service.Commands.Bench;

/// <summary>Shows a result: as a table, or as one JSON object on one line.</summary>
internal static class BenchReport
{
    public static void Write(BenchResult result, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(ToJson(result));
        }
        else
        {
            WriteTable(result, output);
        }
    }

    private static string ToJson(BenchResult result)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            Write(writer, "transactionsPerSecond", result.TransactionsPerSecond);
            Write(writer, "rowsPerSecond", result.RowsPerSecond);
            Write(writer, "megabytesPerSecond", result.MegabytesPerSecond);
            Write(writer, "p50Ms", result.P50Ms);
            Write(writer, "p99Ms", result.P99Ms);
            Write(writer, "maxMs", result.MaxMs);
            Write(writer, "serverCpuMicrosPerTransaction", result.ServerCpuMicrosPerTransaction);
            Write(writer, "serverRssMiB", result.ServerRssMiB);
            writer.WriteNumber("transactions", result.Transactions);
            Write(writer, "seconds", result.Elapsed.TotalSeconds);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            writer.WriteNumber(name, Math.Round(number, 3));
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteTable(BenchResult result, TextWriter output)
    {
        Table table = new Table().Border(TableBorder.Rounded).HideHeaders();
        table.AddColumn("figure");
        table.AddColumn("value", column => column.RightAligned());
        table.AddRow("transactions", Format(result.Transactions, "N0", ""));
        table.AddRow("time", Format(result.Elapsed.TotalSeconds, "N2", " s"));
        table.AddRow("transactions per second", Format(result.TransactionsPerSecond, "N0", ""));
        table.AddRow("rows per second", Format(result.RowsPerSecond, "N0", ""));
        table.AddRow("binlog bytes per second", Format(result.MegabytesPerSecond, "N2", " MB"));
        table.AddRow($"{result.LatencyOf} latency, p50", Format(result.P50Ms, "N3", " ms"));
        table.AddRow($"{result.LatencyOf} latency, p99", Format(result.P99Ms, "N3", " ms"));
        table.AddRow($"{result.LatencyOf} latency, longest", Format(result.MaxMs, "N3", " ms"));
        table.AddRow("server CPU per transaction", Format(result.ServerCpuMicrosPerTransaction, "N1", " µs"));
        table.AddRow("server resident memory", Format(result.ServerRssMiB, "N0", " MiB"));
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }

    private static string Format(double? value, string format, string unit) => value is { } number && double.IsFinite(number)
        ? number.ToString(format, CultureInfo.InvariantCulture) + unit
        : "-";
}
