using System.Text.Json;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Membership;
using Spectre.Console;

namespace Binlog.Service.Commands.Demo;

/// <summary>Prints what a demo did and found.</summary>
internal static class DemoReport
{
    /// <summary>Where every node can be reached, for those who want to look at it or do something to it.</summary>
    public static void WriteAddresses(DemoCluster cluster, TextWriter error)
    {
        string first = "";
        foreach ((NodeRole role, NodeAddress node) in cluster.Nodes)
        {
            first = first.Length == 0 ? node.Address : first;
            error.WriteLine($"{role,-8}{node.NodeId,-12}http://{node.Address}");
        }

        error.WriteLine($"Any of these addresses answers for all of them: curl http://{first}/status");
    }

    /// <summary>One JSON object.</summary>
    public static void WriteJson(DemoResult result, TextWriter output)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("transactions", result.Transactions);
            writer.WriteNumber("rows", result.Rows);
            writer.WriteNumber("ddl", result.SchemaChanges);
            writer.WriteNumber("tables", result.Report.Tables.Count);
            writer.WriteStartArray("mismatchedTables");
            foreach (TableComparison table in result.Report.Mismatched)
            {
                writer.WriteStringValue($"{table.Schema}.{table.Table}");
            }

            writer.WriteEndArray();
            writer.WriteNumber("seconds", Math.Round(result.Seconds, 3));
            writer.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>Tables for people.</summary>
    public static void WriteTables(DemoResult result, DownstreamOptions downstream, string directory, TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!console.Profile.Capabilities.Interactive)
        {
            console.Profile.Width = 110;
        }

        var tables = new Table().Title("Every table of the target, compared with TiDB's own").AddColumns("Table", "Rows in TiDB", "Rows in the target", "Result");
        foreach (TableComparison table in result.Report.Tables)
        {
            tables.AddRow(Markup.Escape($"{table.Schema}.{table.Table}"), $"{table.ExpectedRows}", $"{table.Rows}", table.IsEqual ? "[green]equal[/]" : $"[red]{table.Missing} missing, {table.Unexpected} unexpected[/]");
        }

        console.Write(tables);
        foreach (TableComparison table in result.Report.Mismatched)
        {
            console.MarkupLineInterpolated($"[red]{table.Schema}.{table.Table} differs:[/]");
            foreach (string sample in table.Samples)
            {
                console.WriteLine($"  {sample}");
            }
        }

        int mismatched = result.Report.Mismatched.Count();
        output.WriteLine(FormattableString.Invariant($"{result.Transactions} transactions, {result.Rows} rows and {result.SchemaChanges} schema changes applied in {result.Seconds:0.0} s."));
        output.WriteLine(mismatched == 0 ? $"All {result.Report.Tables.Count} tables are equal." : $"{mismatched} of {result.Report.Tables.Count} tables differ.");
        output.WriteLine(Look(downstream));
        output.WriteLine($"Pumps, relay log and registry: {directory}");
    }

    private static string Look(DownstreamOptions downstream) => downstream.Type == DownstreamType.Sqlite
        ? $"Look at the result: sqlite3 {downstream.File} 'SELECT * FROM \"db1.t_int\"'"
        : $"Look at the result: mariadb -h {downstream.Host} -P {downstream.Port} -u {downstream.User} -p db1 -e 'SELECT * FROM t_int'";
}
