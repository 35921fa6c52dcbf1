using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Tests.Drainer;
using Binlog.TiDB.Records;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>The whole recording into the target, ending in TiDB's own final tables.</summary>
public sealed class RecordingReplayTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>
{
    [Theory]
    [InlineData(32, false)]
    [InlineData(32, true)]
    [InlineData(2000, true)]
    public async Task Apply_WholeRecording_EndsInTheFinalTables(int transactionsPerBatch, bool isCondensed)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using var target = new MySqlTarget(server.Options());
        await target.OpenAsync(default);

        await ReplayAsync(target, transactionsPerBatch, isCondensed);

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

    private async Task ReplayAsync(MySqlTarget target, int transactionsPerBatch, bool isCondensed)
    {
        using var history = new FileSchemaHistory(RecordedStream.PathOf("ddl_history_jobs.jsonl.gz"));
        var tracker = new SchemaTracker();
        var translator = new TransactionTranslator(tracker, history);
        var batch = new ChangeBatch();
        BatchCondenser? condenser = isCondensed ? new() : null;
        (long rows, ulong last) = (0, 0);
        long started = Stopwatch.GetTimestamp();
        foreach (ReadOnlyMemory<byte> payload in RecordedStream.Payloads)
        {
            BinlogHeader header = BinlogHeader.Parse(payload.Span);
            if (!header.IsDdl)
            {
                await translator.TranslateAsync(payload, batch, default);
                last = header.CommitTs;
                if (batch.Transactions < transactionsPerBatch)
                {
                    continue;
                }
            }

            rows += batch.Rows.Length;
            await FlushAsync(target, condenser, batch, last, tracker.Version);
            if (header.IsDdl && await translator.TranslateDdlAsync(payload, (await history.FindAsync(header.DdlJobId, default))!.Job, default) is { } change)
            {
                await target.ApplySchemaChangeAsync(change, new Checkpoint(header.CommitTs, tracker.Version), default);
            }
        }

        rows += batch.Rows.Length;
        await FlushAsync(target, condenser, batch, last, tracker.Version);
        output.WriteLine($"{rows} rows in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s");
        Assert.Equal(20_093, rows);
    }

    private static async Task FlushAsync(MySqlTarget target, BatchCondenser? condenser, ChangeBatch batch, ulong commitTs, long schemaVersion)
    {
        if (batch.Transactions > 0)
        {
            condenser?.Condense(batch);
            await target.ApplyAsync(batch, new Checkpoint(commitTs, schemaVersion), default);
            batch.Clear();
        }
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
