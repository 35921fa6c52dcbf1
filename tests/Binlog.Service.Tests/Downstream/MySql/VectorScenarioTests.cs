using System.Globalization;
using System.Text;
using System.Text.Json;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Drainer;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>
/// Every scenario that a real TiDB wrote, in commit order, into the target; and beside it, into a second set of databases, what
/// the original Drainer's translator made of it. After each transaction the tables concerned must be equal, byte for byte.
/// </summary>
public sealed class VectorScenarioTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    [Fact]
    public async Task Apply_EveryScenario_EqualsTheOriginalsStatements()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await look.ExecuteAsync("CREATE DATABASE exp_vec CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", default);
        await look.ExecuteAsync("SET SESSION default_storage_engine=InnoDB, explicit_defaults_for_timestamp=1", default);
        using var history = new FileSchemaHistory(RecordedStream.VectorPathOf("ddl_history_jobs.jsonl"));
        var tracker = await SchemaTracker.ReplayAsync(history, 16, default);
        var upstream = new Upstream(history, tracker);
        await using var target = new MySqlTarget(server.Options());
        Assert.Null(await target.OpenAsync(default));
        await look.ExecuteAsync("CREATE DATABASE vec", default);
        int compared = 0;
        ulong last = 0;

        foreach (JsonElement scenarioEvent in Events())
        {
            byte[] payload = [.. Hex(scenarioEvent, "prewrite_binlog_hex"), .. Hex(scenarioEvent, "commit_binlog_hex")];
            last = scenarioEvent.GetProperty("commit_ts").GetUInt64();
            await RunOriginalAsync(look, scenarioEvent);
            foreach (TableSchema table in await upstream.ApplyAsync(target, payload))
            {
                string name = SqlText.Name(table.TableName);
                List<string> expected = await look.SortedRowsAsync($"`exp_{table.SchemaName}`.{name}");
                Assert.Equal(expected, await look.SortedRowsAsync($"{SqlText.Name(table.SchemaName)}.{name}"));
                compared++;
            }
        }

        Assert.InRange(compared, 60, int.MaxValue);
        await using var again = new MySqlTarget(server.Options());
        await target.DisposeAsync();
        Assert.Equal(new Checkpoint(last, tracker.Version), await again.OpenAsync(default));
    }

    private static IEnumerable<JsonElement> Events() => Directory.GetFiles(Path.GetDirectoryName(RecordedStream.VectorPathOf("README.md"))!, "rows_*.json")
        .SelectMany(file => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("steps").EnumerateArray())
        .SelectMany(step => Elements(step, "events"))
        .OrderBy(scenarioEvent => scenarioEvent.GetProperty("commit_ts").GetUInt64());

    private static IEnumerable<JsonElement> Elements(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement array) && array.ValueKind == JsonValueKind.Array ? [.. array.EnumerateArray()] : [];

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    private static async Task RunOriginalAsync(MySqlConnection connection, JsonElement scenarioEvent)
    {
        if (!scenarioEvent.TryGetProperty("drainer", out JsonElement drainer) || drainer.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (drainer.TryGetProperty("ddl_sql", out JsonElement ddl))
        {
            string sql = ddl.GetString()!.Replace("vec2", "exp_vec2", StringComparison.Ordinal).Replace("MiXed Db", "exp_MiXed Db", StringComparison.Ordinal)
                .Replace("shard_row_id_bits=4", "", StringComparison.Ordinal).Replace("character set latin1", "", StringComparison.Ordinal);
            if (!sql.Contains("shard_row_id_bits", StringComparison.Ordinal))
            {
                await connection.ExecuteAsync("USE exp_vec", default);
                await connection.ExecuteAsync(sql, default);
            }

            return;
        }

        foreach (JsonElement dml in Elements(drainer, "dmls"))
        {
            string[] parts = dml.GetProperty("sql").GetString()!.Split('?');
            var sql = new StringBuilder(parts[0]);
            int index = 1;
            foreach (JsonElement argument in Elements(dml, "args"))
            {
                sql.Append(Literal(argument)).Append(parts[index++]);
            }

            string schema = dml.GetProperty("schema").GetString()!;
            await connection.ExecuteAsync(sql.Replace($"`{schema}`.", $"`exp_{schema}`.").ToString(), default);
        }
    }

    private static string Literal(JsonElement argument)
    {
        JsonElement value = argument.GetProperty("v");
        return argument.GetProperty("t").GetString() switch
        {
            "nil" => "NULL",
            "float32" => double.Parse(value.GetString()!, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture) + "E0",
            "string" => SqlText.Quote(value.GetString()!),
            "string_hex" or "bytes_hex" => $"x'{value.GetString()}'",
            _ => value.GetString()!,
        };
    }
}
