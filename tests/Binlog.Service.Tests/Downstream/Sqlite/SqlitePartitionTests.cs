using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Downstream.Sqlite;

public sealed class SqlitePartitionTests
{
    [Theory]
    [InlineData(PartitionType.Range, "`id`", "10,20,MAXVALUE", "5,15,25", 1, "5,25")]
    [InlineData(PartitionType.Range, "`id`", "10,20,MAXVALUE", "5,15,25", 0, "15,25")]
    [InlineData(PartitionType.Range, "`id`", "10,20,MAXVALUE", "5,15,25", 2, "5,15")]
    [InlineData(PartitionType.Hash, "`id`", "-,-,-", "-4,5,6,7", 1, "5,6")]
    public async Task TruncatePartition_OfAnInteger_TakesItsRows(PartitionType type, string expression, string bounds, string ids, int emptied, string left)
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        TableInfo table = Table(41, "t", Column(1, "id", Int.Key())) with
        {
            Partition = Partitions(type, expression, [.. bounds.Split(',').Select((bound, index) => Range(61 + index, $"p{index}", bound))]),
        };
        await fixture.ChangeAsync(Create(0, table));
        await fixture.ApplyAsync([.. ids.Split(',').Select(id => (RowChangeKind.Insert, 41L, (object?[]?)null, (object?[]?)[int.Parse(id)]))]);

        await fixture.AlterAsync(DdlActionType.TruncatePartition, table with
        {
            Partition = Partitions(type, expression, [.. table.Partition!.Definitions.Select((partition, index) => index == emptied ? partition with { Id = 99 } : partition)]),
        });

        Assert.Equal([left], fixture.Query("SELECT group_concat(id) FROM (SELECT id FROM \"db1.t\" ORDER BY id)"));
    }

    [Theory]
    [InlineData("TO_DAYS(`d`)", "737791", "2020-01-01,2020-01-02")]
    [InlineData("YEAR(`d`)", "2020", "2019-12-31,2020-01-01")]
    public async Task DropPartition_OfAFunctionOfADate_TakesItsRows(string expression, string bound, string dates)
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        TableInfo table = Table(41, "t", Column(1, "id", Int.Key()), Column(2, "d", Date)) with { Partition = Partitions(PartitionType.Range, expression, Range(61, "p0", bound), Range(62, "p1", "MAXVALUE")) };
        await fixture.ChangeAsync(Create(0, table));
        string[] values = dates.Split(',');
        await fixture.ApplyAsync((RowChangeKind.Insert, 41, null, [1, values[0]]), (RowChangeKind.Insert, 41, null, [2, values[1]]));

        await fixture.AlterAsync(DdlActionType.DropPartition, table with { Partition = Partitions(PartitionType.Range, expression, Range(62, "p1", "MAXVALUE")) });

        Assert.Equal([$"2|{values[1]}"], fixture.Query("SELECT * FROM \"db1.t\""));
    }

    [Fact]
    public async Task DropPartition_ThatCannotBeTold_RefusesUnlessTheTableIsEmpty()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        TableInfo table = Table(41, "t", Column(1, "id", Int.Key())) with { Partition = Partitions(PartitionType.Range, "floor(`id` / 7)", Range(61, "p0", "1"), Range(62, "p1", "MAXVALUE"), Range(63, "p2", "MAXVALUE")) };
        await fixture.ChangeAsync(Create(0, table));
        await fixture.AlterAsync(DdlActionType.DropPartition, table with { Partition = Partitions(PartitionType.Range, "floor(`id` / 7)", Range(62, "p1", "MAXVALUE"), Range(63, "p2", "MAXVALUE")) });
        await fixture.InsertAsync(41, 1);

        var error = await Assert.ThrowsAsync<TargetException>(() =>
            fixture.AlterAsync(DdlActionType.DropPartition, table with { Partition = Partitions(PartitionType.Range, "floor(`id` / 7)", Range(63, "p2", "MAXVALUE")) }));

        Assert.Contains("partition p1", error.Message, StringComparison.Ordinal);
        Assert.Equal(["1"], fixture.Query("SELECT id FROM \"db1.t\""));
    }

    [Fact]
    public async Task ExchangePartition_SwapsTheRows()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        TableInfo plain = Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int)) with { Indexes = [Index(1, "ia", false, "a")] };
        TableInfo partitioned = plain with { Id = 60, Name = "p", Partition = Partitions(PartitionType.Range, "`id`", Range(61, "p0", "10"), Range(62, "p1", "20")) };
        await fixture.ChangeAsync(Create(0, plain));
        await fixture.ChangeAsync(Create(0, partitioned));
        await fixture.ApplyAsync((RowChangeKind.Insert, 41, null, [12, 1]), (RowChangeKind.Insert, 60, null, [5, 2]), (RowChangeKind.Insert, 60, null, [15, 3]), (RowChangeKind.Insert, 60, null, [16, 4]));

        await fixture.ChangeAsync(Job(0, DdlActionType.ExchangePartition, Db1, 41, partitioned with
        {
            Partition = Partitions(PartitionType.Range, "`id`", Range(61, "p0", "10"), Range(41, "p1", "20")),
        }));

        Assert.Equal(["15|3", "16|4"], fixture.Query("SELECT * FROM \"db1.t\" ORDER BY id"));
        Assert.Equal(["5|2", "12|1"], fixture.Query("SELECT * FROM \"db1.p\" ORDER BY id"));
        Assert.Equal(["62|db1.t", "60|db1.p"], fixture.Query("SELECT upstream_id, name FROM binlogd_table ORDER BY upstream_id DESC"));
        await fixture.ApplyAsync((RowChangeKind.Delete, 62, [15, 3], null));
    }
}
