using System.IO.Compression;
using System.Text.Json;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Tests.Drainer;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Compares a server with the tables that TiDB had at the end of the recording.</summary>
internal static class RecordedTables
{
    /// <summary>Fails unless every table is there with TiDB's rows.</summary>
    public static async Task AssertEqualAsync(MySqlConnection look)
    {
        int tables = 0;
        int rows = 0;
        foreach (JsonElement table in FinalTables())
        {
            (List<string> actual, List<string> expected) = await ReadAsync(look, table);
            Assert.Equal(expected, actual);
            tables++;
            rows += actual.Count;
        }

        Assert.Equal(38, tables);
        Assert.InRange(rows, 1000, int.MaxValue);
    }

    private static IEnumerable<JsonElement> FinalTables()
    {
        using var lines = new StreamReader(new GZipStream(File.OpenRead(RecordedStream.PathOf("final_tables.json.gz")), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            yield return JsonDocument.Parse(line).RootElement;
        }
    }

    /// <summary>The target's rows, and TiDB's own rows after a passage through a table of the same shape, so that both are printed alike.</summary>
    private static async Task<(List<string> Actual, List<string> Expected)> ReadAsync(MySqlConnection look, JsonElement table)
    {
        string schema = table.GetProperty("schema").GetString()!;
        string name = SqlText.Name(table.GetProperty("table").GetString()!);
        string actual = $"{SqlText.Name(schema)}.{name}";
        string expected = $"{SqlText.Name("exp_" + schema)}.{name}";
        await look.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {SqlText.Name("exp_" + schema)}", default);
        await look.ExecuteAsync($"CREATE TABLE {expected} LIKE {actual}", default);
        List<string> generated = await look.RowsAsync(
            $"SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA={SqlText.Quote(schema)} AND TABLE_NAME={SqlText.Quote(table.GetProperty("table").GetString()!)} AND IS_GENERATED='ALWAYS'");
        string[] columns = [.. table.GetProperty("columns").EnumerateArray().Select(column => column.GetString()!)];
        int[] written = [.. Enumerable.Range(0, columns.Length).Where(index => !generated.Contains(columns[index]))];
        foreach (JsonElement row in table.GetProperty("rows_sql_literals_sorted").EnumerateArray())
        {
            await look.ExecuteAsync($"INSERT INTO {expected} ({SqlText.Names(written.Select(index => columns[index]))}) VALUES ({string.Join(',', written.Select(index => row[index].GetString()))})", default);
        }

        return (await look.SortedRowsAsync(actual), await look.SortedRowsAsync(expected));
    }
}
