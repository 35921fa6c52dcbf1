using System.Text;
using System.Text.Json;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Tests.Drainer;
using Binlog.Service.Tests.Drainer.Translating;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Tests.Downstream.Sqlite;

/// <summary>
/// The scenarios that a real TiDB wrote: after every transaction the file must hold what it held before, changed as the original
/// Drainer's translation of that transaction says.
/// </summary>
public sealed class SqliteVectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileSchemaHistory _history = new(RecordedStream.VectorPathOf("ddl_history_jobs.jsonl"));

    public static TheoryData<string> Scenarios => [.. Directory.GetFiles(Path.Combine(RecordedStream.Repository, "tests", "vectors"), "rows_*.json").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        _history.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Apply_Scenario_ChangesTheFileAsTheOriginalWould(string scenario)
    {
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(RecordedStream.VectorPathOf(scenario), TestContext.Current.CancellationToken));
        List<JsonElement> events = [.. document.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("events")).Where(list => list.ValueKind == JsonValueKind.Array).SelectMany(list => list.EnumerateArray())];
        string file = _folder.PathOf("target.db");
        await using var target = new SqliteTarget(file, 1);
        await target.OpenAsync(default);
        using var source = new SqliteTableSource(file);
        TransactionTranslator translator = await StartBeforeAsync(events);
        foreach (JsonElement recorded in events)
        {
            ReadOnlyMemory<byte> payload = RecordedStream.Join(
                Convert.FromHexString(recorded.GetProperty("prewrite_binlog_hex").GetString()!), Convert.FromHexString(recorded.GetProperty("commit_binlog_hex").GetString()!));
            var checkpoint = new Checkpoint(recorded.GetProperty("commit_ts").GetUInt64(), 0);
            if (recorded.TryGetProperty("ddl_job_id", out JsonElement jobId))
            {
                SchemaHistoryEntry entry = (await _history.FindAsync(jobId.GetInt64(), default))!;
                SchemaChange? change = await translator.TranslateDdlAsync(payload, entry.Job, default);
                Assert.Equal(recorded.TryGetProperty("drainer", out JsonElement drainer) && drainer.TryGetProperty("ddl_sql", out _), change is not null);
                await (change is null ? Task.CompletedTask : target.ApplySchemaChangeAsync(change, checkpoint, default));
            }
            else
            {
                await ApplyAsync(recorded.GetProperty("drainer").GetProperty("dmls"), payload, checkpoint, translator, target, source);
            }
        }
    }

    [Fact]
    public async Task Apply_DroppedPartition_TakesItsRows()
    {
        await Apply_Scenario_ChangesTheFileAsTheOriginalWould("rows_partition.json");
        using SqliteDatabase database = SqliteDatabase.Open(_folder.PathOf("target.db"), Microsoft.Data.Sqlite.SqliteOpenMode.ReadOnly, TimeSpan.Zero);
        Assert.Equal("20", database.QueryText("SELECT group_concat(id) FROM \"vec.t9\""));
    }

    private static async Task ApplyAsync(
        JsonElement dmls, ReadOnlyMemory<byte> payload, Checkpoint checkpoint, TransactionTranslator translator, SqliteTarget target, SqliteTableSource source)
    {
        var batch = new ChangeBatch();
        await translator.TranslateAsync(payload, batch, default);
        Assert.Equal(dmls.GetArrayLength(), batch.Rows.Length);
        var expected = new Dictionary<TableSchema, List<string>>();
        int index = 0;
        foreach (JsonElement dml in dmls.EnumerateArray())
        {
            DrainerArguments.AssertEqual(dml, batch, batch.Rows[index]);
            TableSchema table = batch.Rows[index++].Table;
            if (!expected.TryGetValue(table, out List<string>? rows))
            {
                expected.Add(table, rows = await ReadAsync(source, table));
            }

            Change(rows, dml, table);
        }

        await target.ApplyAsync(batch, checkpoint, default);
        foreach ((TableSchema table, List<string> rows) in expected)
        {
            Assert.Equal(rows.Order(StringComparer.Ordinal), (await ReadAsync(source, table)).Order(StringComparer.Ordinal));
        }
    }

    private static void Change(List<string> rows, JsonElement dml, TableSchema table)
    {
        string operation = dml.GetProperty("op").GetString()!;
        if (operation != "insert")
        {
            Assert.True(rows.Remove(Canonical(dml.GetProperty(operation == "update" ? "old_values" : "values"), table)));
        }

        if (operation != "delete")
        {
            rows.Add(Canonical(dml.GetProperty("values"), table));
        }
    }

    private static string Canonical(JsonElement values, TableSchema table) => string.Join(
        "|", table.WritableColumns.Select(index => Canonical(values.GetProperty(table.Columns[index].Name), table.Columns[index].Type) ?? "NULL"));

    private static string? Canonical(JsonElement argument, FieldType type)
    {
        string value = argument.GetProperty("v").GetString()!;
        string kind = argument.GetProperty("t").GetString()!;
        return kind switch
        {
            "nil" => null,
            "uint64" when type.Tp == ColumnType.Enum => $"'{(value == "0" ? "" : type.Elements[int.Parse(value) - 1])}'",
            "uint64" when type.Tp == ColumnType.Set => $"'{string.Join(',', type.Elements.Where((_, bit) => (ulong.Parse(value) >> bit & 1) == 1))}'",
            "bytes_hex" or "string_hex" => CanonicalValue.OfText(Convert.FromHexString(value), type),
            _ => CanonicalValue.OfText(Encoding.UTF8.GetBytes(value), type),
        };
    }

    private static async Task<List<string>> ReadAsync(SqliteTableSource source, TableSchema table)
    {
        var rows = new List<string>();
        await foreach (string?[] row in source.ReadRowsAsync(table, table.WritableColumns, default))
        {
            rows.Add(string.Join("|", row.Select(value => value ?? "NULL")));
        }

        return rows;
    }

    /// <summary>Scenarios share one history; each starts with the schema as it was before its first job.</summary>
    private async Task<TransactionTranslator> StartBeforeAsync(List<JsonElement> events)
    {
        long jobId = events.Where(recorded => recorded.TryGetProperty("ddl_job_id", out _)).Select(recorded => recorded.GetProperty("ddl_job_id").GetInt64()).First();
        long version = (await _history.FindAsync(jobId, default))!.Job.Binlog.SchemaVersion;
        return new TransactionTranslator(await SchemaTracker.ReplayAsync(_history, Math.Max(0, version - 1), default), _history);
    }
}
