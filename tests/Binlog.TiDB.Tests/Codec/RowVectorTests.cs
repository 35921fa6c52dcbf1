using System.Text;
using System.Text.Json;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Codec;

/// <summary>Scenarios of SQL with the binlogs that a real TiDB wrote and what the real drainer made of them.</summary>
public sealed class RowVectorTests
{
    private static readonly string[] RowlessFiles = ["rows_failed_unique_index.json", "rows_fk.json"];

    public static TheoryData<string> Files => [.. TestData.VectorNames("rows_")];

    [Theory]
    [MemberData(nameof(Files))]
    public void Decode_Scenario_GivesDrainersValues(string file)
    {
        var rows = 0;
        foreach (var (step, item) in Events(file))
        {
            if (!item.TryGetProperty("drainer", out var drainer) || !drainer.TryGetProperty("dmls", out var statements))
            {
                continue;
            }

            var payload = Convert.FromHexString(item.GetProperty("prewrite_binlog_hex").GetString()!);
            var header = BinlogHeader.Parse(payload);
            var decoded = DecodedRow.ReadAll(payload, header.PrewriteValue, id => DecoderOf(step, id));

            var expected = statements.EnumerateArray().ToList();
            Assert.Equal(expected.Count, decoded.Count);
            foreach (var (statement, row) in expected.Zip(decoded))
            {
                AssertSame(statement, row, TableOf(step, row.TableId)!);
                rows++;
            }
        }

        Assert.True(rows > 0 || RowlessFiles.Contains(file), $"{file} holds no rows");
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ReadTables_Scenario_GivesTheMutationsInOrder(string file)
    {
        foreach (var (_, item) in Events(file))
        {
            if (!item.TryGetProperty("mutations", out var mutations))
            {
                continue;
            }

            var value = Convert.FromHexString(item.GetProperty("prewrite_value_hex").GetString()!);
            var reader = new PrewriteValueReader(value);
            Assert.Equal(item.GetProperty("schema_version").GetInt64(), reader.SchemaVersion);
            foreach (var expected in mutations.EnumerateArray())
            {
                Assert.True(reader.TryReadTable(out var table));
                Assert.Equal(expected.GetProperty("table_id").GetInt64(), table.TableId);
                AssertSequence(expected, value, ref table);
            }

            Assert.False(reader.TryReadTable(out _));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Parse_BinlogHeader_GivesTheScenariosFields(string file)
    {
        foreach (var (_, item) in Events(file))
        {
            var prewrite = Convert.FromHexString(item.GetProperty("prewrite_binlog_hex").GetString()!);
            var commit = Convert.FromHexString(item.GetProperty("commit_binlog_hex").GetString()!);
            var first = BinlogHeader.Parse(prewrite);
            var second = BinlogHeader.Parse(commit);

            Assert.Equal(BinlogType.Prewrite, first.Type);
            Assert.Equal(BinlogType.Commit, second.Type);
            Assert.Equal(item.GetProperty("start_ts").GetUInt64(), first.StartTs);
            Assert.Equal(item.GetProperty("start_ts").GetUInt64(), second.StartTs);
            Assert.Equal(item.GetProperty("commit_ts").GetUInt64(), second.CommitTs);
            Assert.False(first.IsFake || first.IsProbe || second.IsFake || second.IsProbe);
            Assert.Equal(item.TryGetProperty("ddl_job_id", out var job) ? job.GetInt64() : 0, first.DdlJobId);
            Assert.Equal(
                item.TryGetProperty("ddl_query", out var query) ? query.GetString() : "", Encoding.UTF8.GetString(first.DdlQuery.Of(prewrite)));
            Assert.Equal(
                item.TryGetProperty("prewrite_value_hex", out var value) ? value.GetString() : "",
                Convert.ToHexStringLower(first.PrewriteValue.Of(prewrite)));
        }
    }

    internal static IEnumerable<(JsonElement Step, JsonElement Item)> Events(string file) =>
        from step in TestData.ReadVectors(file).GetProperty("steps").EnumerateArray()
        where step.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Array
        from item in step.GetProperty("events").EnumerateArray()
        select (step, item);

    internal static TableInfo? TableOf(JsonElement step, long id) =>
        step.TryGetProperty("table_infos", out var tables) && tables.TryGetProperty($"{id}", out var table)
            ? TableInfo.Parse(Encoding.UTF8.GetBytes(table.GetRawText()))
            : null;

    private static RowDecoder DecoderOf(JsonElement step, long id) =>
        new(TableOf(step, id) ?? throw new InvalidDataException($"The step has no TableInfo of {id}."));

    private static void AssertSequence(JsonElement expected, byte[] source, ref TableMutationReader table)
    {
        var cursors = new Dictionary<string, int>();
        foreach (var kind in expected.GetProperty("sequence").EnumerateArray().Select(kind => kind.GetString()!))
        {
            var field = kind switch { "Insert" => "inserted_rows_hex", "Update" => "updated_rows_hex", _ => "deleted_rows_hex" };
            var index = cursors.GetValueOrDefault(field);
            cursors[field] = index + 1;

            Assert.True(table.TryReadNext(out var mutation));
            Assert.Equal(kind, mutation.Kind.ToString());
            Assert.Equal(
                expected.GetProperty(field)[index].GetString(), Convert.ToHexStringLower(source.AsSpan(mutation.Offset, mutation.Length)));
        }

        Assert.False(table.TryReadNext(out _));
    }

    private static void AssertSame(JsonElement statement, DecodedRow row, TableInfo table)
    {
        Assert.Equal(statement.GetProperty("op").GetString(), row.Kind switch
        {
            MutationType.Insert => "insert",
            MutationType.Update => "update",
            _ => "delete",
        });
        var values = row.Kind == MutationType.DeleteRow ? row.OldValues : row.NewValues;
        AssertValues(statement.GetProperty("values"), values, table);
        if (row.Kind == MutationType.Update)
        {
            AssertValues(statement.GetProperty("old_values"), row.OldValues, table);
        }
    }

    private static void AssertValues(JsonElement expected, IReadOnlyDictionary<string, DrainerArgument> actual, TableInfo table)
    {
        foreach (var value in expected.EnumerateObject())
        {
            var golden = DrainerArgument.FromJson(value.Value);
            Assert.True(actual[value.Name].Means(golden), $"{table.Name}.{value.Name}: expected {golden}, got {actual[value.Name]}");
        }

        var columns = table.Columns.Where(column => column is { IsPublic: true, IsGenerated: false }).Select(column => column.Name);
        Assert.Empty(columns.Except(expected.EnumerateObject().Select(value => value.Name)));
    }
}
