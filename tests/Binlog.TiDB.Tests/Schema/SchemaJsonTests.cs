using System.Text;
using System.Text.Json;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Tests.Schema;

public sealed class SchemaJsonTests
{
    [Fact]
    public void Parse_EveryGoldenJob_KeepsItsFields()
    {
        var count = 0;
        foreach (var line in TestData.ReadVectorLines("ddl_history_jobs.jsonl"))
        {
            using var document = JsonDocument.Parse(line);
            var golden = document.RootElement;
            var job = DdlJob.Parse(Encoding.UTF8.GetBytes(line));

            Assert.Equal(golden.GetProperty("id").GetInt64(), job.Id);
            Assert.Equal(golden.GetProperty("type").GetInt32(), (int)job.Type);
            Assert.Equal(golden.GetProperty("state").GetInt32(), (int)job.State);
            Assert.Equal(golden.GetProperty("query").GetString(), job.Query);
            Assert.Equal(golden.GetProperty("start_ts").GetUInt64(), job.StartTs);
            Assert.Equal(golden.GetProperty("err").ValueKind == JsonValueKind.Null, job.Error is null);
            var binlog = golden.GetProperty("binlog");
            Assert.Equal(binlog.GetProperty("FinishedTS").GetUInt64(), job.Binlog.FinishedTs);
            AssertSame(binlog.GetProperty("TableInfo"), job.Binlog.TableInfo);
            count++;
        }

        Assert.Equal(73, count);
    }

    [Fact]
    public void Parse_NewerFields_AreRead()
    {
        var table = TableInfo.Parse("""
            {"id":5,"name":"Plain","charset":"utf8mb4","cols":[
              {"id":1,"name":{"L":"b","O":"B"},"type":{"Tp":16,"Flag":32,"Flen":8},"origin_default_bit":"QQ==","default":5,"state":5,"hidden":true,"version":2},
              {"id":2,"name":{"O":"g","L":"g"},"generated_expr_string":"1+1","type":{"Tp":8,"Flag":4294967295,"Flen":4294967295,"Decimal":-1}}],
             "index_info":[{"id":1,"idx_name":{"O":"PRIMARY","L":"primary"},"idx_cols":[{"name":{"O":"B","L":"b"},"offset":0,"length":-1}],"is_unique":true,"is_primary":true,"state":5}],
             "fk_info":[{"id":1,"fk_name":{"O":"f","L":"f"},"ref_table":{"O":"p","L":"p"},"ref_cols":[{"O":"x","L":"x"}],"cols":["y"]}],
             "is_common_handle":true,"update_timestamp":18446744073709551615,"view":{"view_select":"select 1","view_cols":[{"O":"c","L":"c"}]},
             "partition":{"type":1,"expr":"id","enable":true,"definitions":[{"id":9,"name":{"O":"p0","L":"p0"},"less_than":["10"]}]},
             "some_future_field":{"a":[1,2,{"b":null}]}}
            """u8);

        Assert.Equal(("Plain", true, ulong.MaxValue), (table.Name, table.IsCommonHandle, table.UpdateTimestamp));
        Assert.Equal(("B", true, "5", 2UL), (table.Columns[0].Name, table.Columns[0].Hidden, table.Columns[0].Default, table.Columns[0].Version));
        Assert.Equal([0x41], table.Columns[0].OriginDefaultBit);
        Assert.True(table.Columns[1] is { IsGenerated: true, IsVirtual: true, IsPublic: false });
        Assert.Equal(4294967295L, table.Columns[1].Type.Length);
        Assert.True(table.Indexes[0] is { IsPrimary: true, Name: "PRIMARY" } && !table.Indexes[0].Columns[0].IsPrefix);
        Assert.Equal(["x"], table.ForeignKeys[0].ReferencedColumns);
        Assert.Equal(["y"], table.ForeignKeys[0].Columns);
        Assert.Equal(("select 1", "p0", "10"), (table.View!.Select, table.Partition!.Definitions[0].Name, table.Partition.Definitions[0].LessThan[0]));
    }

    [Fact]
    public void Parse_MissingAndNullFields_AreDefaulted()
    {
        var job = DdlJob.Parse("""{"id":1,"query":null,"binlog":{"TableInfo":{"id":2,"name":null,"cols":null,"index_info":null,"fk_info":null}}}"""u8);
        var table = job.Binlog.TableInfo!;

        Assert.Equal(("", "", DdlActionType.None), (job.Query, job.SchemaName, job.Type));
        Assert.Equal(("", 0, 0, 0), (table.Name, table.Columns.Count, table.Indexes.Count, table.ForeignKeys.Count));
        Assert.Empty(DdlJob.Parse("{}"u8).Query);
        Assert.Null(DdlJob.Parse("{}"u8).Binlog.TableInfo);
        Assert.Equal("", TableInfo.Parse("""{"cols":[{}]}"""u8).Columns[0].Type.Charset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{\"id\":\"1\"}")]
    [InlineData("{\"id\":1.5}")]
    [InlineData("{\"id\":99999999999999999999}")]
    [InlineData("{\"start_ts\":-1}")]
    [InlineData("{\"type\":\"create\"}")]
    [InlineData("{\"query\":5}")]
    [InlineData("{\"query\":\"\\ud800\"}")]
    [InlineData("{\"err\":\"text\"}")]
    [InlineData("{\"binlog\":[]}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"name\":5}}}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"name\":{\"O\":5}}}}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"cols\":{}}}}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"cols\":[{\"type\":{\"Tp\":256}}]}}}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"cols\":[{\"default\":{}}]}}}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"cols\":[{\"default_bit\":\"*\"}]}}}")]
    [InlineData("{\"binlog\":{\"TableInfo\":{\"fk_info\":[{\"cols\":\"x\"}]}}}")]
    [InlineData("{\"id\":1}x")]
    public void Parse_WrongTypes_Refuses(string json) =>
        Assert.Throws<TiDBFormatException>(() => DdlJob.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Parse_DeepNesting_Refuses()
    {
        var json = Encoding.UTF8.GetBytes($"{{\"x\":{new string('[', 100_000)}{new string(']', 100_000)}}}");

        Assert.Throws<TiDBFormatException>(() => DdlJob.Parse(json));
    }

    [Theory]
    [InlineData("""{"id":1,"pk_is_handle":true}""")]
    [InlineData("""{"id":1,"is_common_handle":true}""")]
    [InlineData("""{"id":1,"is_common_handle":true,"index_info":[{"is_primary":true,"idx_cols":[{"offset":3,"length":-1}]}]}""")]
    [InlineData("""{"id":1,"cols":[{"id":1,"state":5},{"id":1,"state":5}]}""")]
    [InlineData("""{"id":1,"cols":[null]}""")]
    [InlineData("""{"id":1,"index_info":[{"idx_cols":[null]}]}""")]
    [InlineData("""{"id":1,"cols":[{"type":{"Elems":["a",null]}}]}""")]
    public void RowDecoder_ContradictoryTable_Refuses(string json) =>
        Assert.Throws<TiDBFormatException>(() => new TiDB.Codec.RowDecoder(TableInfo.Parse(Encoding.UTF8.GetBytes(json))));

    private static void AssertSame(JsonElement golden, TableInfo? table)
    {
        if (golden.ValueKind == JsonValueKind.Null)
        {
            Assert.Null(table);
            return;
        }

        Assert.Equal(golden.GetProperty("id").GetInt64(), table!.Id);
        Assert.Equal(golden.GetProperty("name").GetProperty("O").GetString(), table.Name);
        Assert.Equal(golden.GetProperty("pk_is_handle").GetBoolean(), table.PkIsHandle);
        Assert.Equal(golden.GetProperty("update_timestamp").GetUInt64(), table.UpdateTimestamp);
        foreach (var (expected, column) in golden.GetProperty("cols").EnumerateArray().Zip(table.Columns))
        {
            Assert.Equal(expected.GetProperty("id").GetInt64(), column.Id);
            Assert.Equal(expected.GetProperty("name").GetProperty("O").GetString(), column.Name);
            Assert.Equal(expected.GetProperty("default").GetString(), column.Default);
            Assert.Equal(expected.GetProperty("origin_default").GetString(), column.OriginDefault);
            Assert.Equal(expected.GetProperty("state").GetInt32(), (int)column.State);
            var type = expected.GetProperty("type");
            Assert.Equal(type.GetProperty("Tp").GetInt32(), (int)column.Type.Tp);
            Assert.Equal(type.GetProperty("Flag").GetUInt32(), (uint)column.Type.Flag);
            Assert.Equal(type.GetProperty("Flen").GetInt64(), column.Type.Length);
            Assert.Equal(type.GetProperty("Decimal").GetInt32(), column.Type.Decimals);
            Assert.Equal(type.GetProperty("Charset").GetString(), column.Type.Charset);
        }

        Assert.Equal(golden.GetProperty("cols").GetArrayLength(), table.Columns.Count);
        var indexes = golden.GetProperty("index_info");
        Assert.Equal(indexes.ValueKind == JsonValueKind.Null ? 0 : indexes.GetArrayLength(), table.Indexes.Count);
    }
}
