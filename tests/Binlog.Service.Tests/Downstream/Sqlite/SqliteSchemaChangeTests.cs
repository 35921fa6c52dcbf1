using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Downstream.Sqlite;

public sealed class SqliteSchemaChangeTests
{
    private static readonly TableInfo Basic = Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int), Column(3, "s", VarChar(20)));

    [Theory]
    [InlineData(3, "id, a, s, n", "1|10|x|5", "1|20|y|5")]
    [InlineData(1, "id, n, a, s", "1|5|10|x", "1|5|20|y")]
    [InlineData(0, "n, id, a, s", "5|1|10|x", "5|1|20|y")]
    public async Task AddColumn_AnyPlace_FillsOldRowsAndKeepsTheOrder(int place, string order, string filled, string updated)
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);
        List<ColumnInfo> columns = [.. Basic.Columns];
        columns.Insert(place, Column(4, "n", Int.Required(), "5"));
        TableInfo after = Basic with { Columns = [.. columns.Select((column, offset) => column with { Offset = offset })] };

        await fixture.AlterAsync(DdlActionType.AddColumn, after);

        Assert.Equal(order, string.Join(", ", fixture.Query("SELECT name FROM pragma_table_info('db1.t')")));
        Assert.Equal([filled], fixture.Query("SELECT * FROM \"db1.t\""));
        object?[] old = [.. columns.Select(column => Value(column.Name, 10, "x"))];
        object?[] changed = [.. columns.Select(column => Value(column.Name, 20, "y"))];
        await fixture.ApplyAsync((RowChangeKind.Update, 41, old, changed));
        Assert.Equal([updated], fixture.Query("SELECT * FROM \"db1.t\""));

        static object Value(string name, int a, string s) => name switch { "id" => 1, "a" => a, "n" => 5, _ => s };
    }

    [Theory]
    [InlineData("né 'quoted'", "'né ''quoted'''")]
    [InlineData("a\0b", "CAST(X'610062' AS TEXT)")]
    public async Task AddColumn_TextDefault_IsKeptExactly(string text, string literal)
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);

        await fixture.AlterAsync(DdlActionType.AddColumn, With(Basic, Column(4, "n", VarChar(20), text), Column(5, "b", VarBinary(5), "\u0001"), Column(6, "d", DateTime(2), "2020-01-02 03:04:05.6")));

        Assert.Equal([$"1|1|X'01'|2020-01-02 03:04:05.60"], fixture.Query($"SELECT count(*), n = {literal} AND typeof(n) = 'text', quote(b), d FROM \"db1.t\""));
    }

    [Fact]
    public async Task DropColumn_WithItsIndex_KeepsTheRest()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic with { Indexes = [Index(1, "ia", false, "a"), Index(2, "us", true, "s")] });
        TableInfo after = Basic with { Columns = [Basic.Columns[0], Basic.Columns[2] with { Offset = 1 }], Indexes = [Index(2, "us", true, "s")] };

        await fixture.AlterAsync(DdlActionType.DropColumn, after);

        Assert.Equal(["1|x"], fixture.Query("SELECT * FROM \"db1.t\""));
        Assert.Equal(["binlogd_41_2"], fixture.Query("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'db1.t'"));
        await fixture.ApplyAsync((RowChangeKind.Delete, 41, [1, "x"], null));
    }

    [Fact]
    public async Task ChangeColumn_NamesSwapped_KeepsTheValues()
    {
        TableInfo before = Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", Int), Column(3, "b", Int));
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, before));
        await fixture.InsertAsync(41, 1, 10, 20);

        await fixture.AlterAsync(DdlActionType.MultiSchemaChange, Table(41, "t", Column(1, "id", Int.Key()), Column(2, "b", Int), Column(3, "a", Int)));

        Assert.Equal(["1|10|20"], fixture.Query("SELECT id, b, a FROM \"db1.t\""));
    }

    [Fact]
    public async Task ChangeColumn_NewNameAndIndexedColumn_KeepsTheIndex()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic with { Indexes = [Index(2, "us", true, "s")] });

        await fixture.AlterAsync(DdlActionType.ModifyColumn, With(Basic with { Columns = [.. Basic.Columns.Take(2)] }, Column(3, "renamed", VarChar(40))) with { Indexes = [Index(2, "us", true, "renamed")] });

        Assert.Equal(["1|10|x"], fixture.Query("SELECT id, a, renamed FROM \"db1.t\""));
        Assert.Equal(["renamed"], fixture.Query("SELECT name FROM pragma_index_info('binlogd_41_2')"));
        await fixture.ApplyAsync((RowChangeKind.Update, 41, [1, 10, "x"], [1, 10, "y"]));
    }

    [Fact]
    public async Task MultiSchemaChange_ChangeWithNewTypeAndName_FollowsTheStatement()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);
        TableInfo after = Table(41, "t", Column(1, "id", Int.Key()), Column(7, "n", VarChar(10)), Column(8, "fresh", Int, "3"));

        await fixture.ChangeAsync(Job(0, DdlActionType.MultiSchemaChange, Db1, 41, after) with
        {
            Query = "ALTER TABLE `t` CHANGE COLUMN `a` `n` VARCHAR(10), DROP COLUMN `s`, ADD COLUMN `fresh` INT DEFAULT 3",
        });

        Assert.Equal(["1|'10'|3"], fixture.Query("SELECT id, quote(n), fresh FROM \"db1.t\""));
    }

    [Fact]
    public async Task AddColumn_VirtualGenerated_IsComputedForOldRows()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);

        await fixture.AlterAsync(DdlActionType.AddColumn, With(Basic, Virtual(4, "v", Int, "`a` * 2")));
        Assert.Equal(["1|10|x|20"], fixture.Query("SELECT * FROM \"db1.t\""));
        await fixture.AlterAsync(DdlActionType.DropColumn, With(Basic with { Columns = [.. Basic.Columns.Take(2)] }, Virtual(4, "v", Int, "`a` * 2")));

        Assert.Equal(["1|10|20"], fixture.Query("SELECT * FROM \"db1.t\""));
    }

    [Fact]
    public async Task Indexes_AddedRenamedDropped_FollowTheDefinition()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);

        await fixture.AlterAsync(DdlActionType.AddIndex, Basic with { Indexes = [Index(1, "ia", false, "a", "s"), Index(2, "us", true, "s")] });
        Assert.Equal(["binlogd_41_1|0", "binlogd_41_2|1"], fixture.Query("SELECT name, \"unique\" FROM pragma_index_list('db1.t') ORDER BY name"));
        await fixture.AlterAsync(DdlActionType.RenameIndex, Basic with { Indexes = [Index(1, "renamed", false, "a", "s"), Index(2, "us", true, "s")] });
        await fixture.AlterAsync(DdlActionType.DropIndex, Basic with { Indexes = [Index(2, "us", true, "s")] });

        Assert.Equal(["binlogd_41_2"], fixture.Query("SELECT name FROM pragma_index_list('db1.t')"));
    }

    [Fact]
    public async Task RenameTable_AcrossDatabasesAndInCase_KeepsRowsAndIndexes()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic with { Indexes = [Index(2, "us", true, "s")] });

        await fixture.AlterAsync(DdlActionType.RenameTable, Basic with { Name = "T2", Indexes = [Index(2, "us", true, "s")] }, Db2);
        await fixture.AlterAsync(DdlActionType.RenameTable, Basic with { Name = "t2", Indexes = [Index(2, "us", true, "s")] }, Db2);

        Assert.Equal(["db2.t2|db2|t2|41"], fixture.Query("SELECT name, schema_name, table_name, upstream_id FROM binlogd_table"));
        Assert.Equal(["1|10|x"], fixture.Query("SELECT * FROM \"db2.t2\""));
        await fixture.ApplyAsync((RowChangeKind.Update, 41, [1, 10, "x"], [1, 11, "x"]));
        Assert.Equal(["binlogd_41_2"], fixture.Query("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'db2.t2'"));
    }

    [Fact]
    public async Task RenameTables_Swapped_KeepsEachTablesRows()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);
        await fixture.ChangeAsync(Create(0, Basic with { Id = 42, Name = "u" }));
        await fixture.InsertAsync(42, 2, 20, "of u");

        await fixture.ChangeAsync(Several(0, DdlActionType.RenameTables, Db1, "rename table t to x, u to t, x to u", Basic with { Name = "u" }, Basic with { Id = 42, Name = "t" }));

        Assert.Equal(["1|10|x"], fixture.Query("SELECT * FROM \"db1.u\""));
        Assert.Equal(["2|20|of u"], fixture.Query("SELECT * FROM \"db1.t\""));
        await fixture.ApplyAsync((RowChangeKind.Delete, 41, [1, 10, "x"], null), (RowChangeKind.Delete, 42, [2, 20, "of u"], null));
    }

    [Fact]
    public async Task TruncateAndDrop_TakeTheRows()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);

        await fixture.ChangeAsync(Job(0, DdlActionType.TruncateTable, Db1, 41, Basic with { Id = 51 }));
        Assert.Equal(["0"], fixture.Query("SELECT count(*) FROM \"db1.t\""));
        await fixture.InsertAsync(51, 1, 1, "again");
        await fixture.ChangeAsync(Job(0, DdlActionType.DropTable, Db1, 51, Basic with { Id = 51 }));

        Assert.Empty(fixture.Query("SELECT name FROM sqlite_master WHERE name LIKE 'db1%'"));
        Assert.Empty(fixture.Query("SELECT * FROM binlogd_table UNION ALL SELECT * FROM binlogd_column"));
    }

    [Fact]
    public async Task CreateTablesAndDropSchema_ConcernAllTables()
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);
        await fixture.ChangeAsync(Several(0, DdlActionType.CreateTables, Db2, "", Basic with { Id = 51, Name = "p" }, Basic with { Id = 52, Name = "q" }));
        await fixture.ChangeAsync(Job(0, DdlActionType.CreateView, Db2, 53, Basic with { Id = 53, Name = "v", View = new ViewInfo() }));
        Assert.Equal(["db1.t", "db2.p", "db2.q"], fixture.Query("SELECT name FROM binlogd_table ORDER BY name"));

        await fixture.ChangeAsync(Job(0, DdlActionType.DropSchema, Db2, 0));

        Assert.Equal(["db1.t"], fixture.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'db%'"));
    }

    [Theory]
    [InlineData(DdlActionType.RecoverTable)]
    [InlineData(DdlActionType.FlashbackCluster)]
    public async Task ChangesThatBringRowsBack_AreRefused(DdlActionType type)
    {
        await using SqliteFixture fixture = await OpenAsync(Basic);

        var error = await Assert.ThrowsAsync<TargetException>(() => fixture.ChangeAsync(Job(0, type, Db1, 41, Basic)));

        Assert.Contains("brings back rows", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task Names_ThatSQLiteReservesOrThatWouldCollide_AreKeptApart()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(CreateDatabase(0, 71, "a.b"));
        await fixture.ChangeAsync(CreateDatabase(0, 72, "a"));
        await fixture.ChangeAsync(CreateDatabase(0, 73, "sqlite_x"));
        await fixture.ChangeAsync(CreateDatabase(0, 74, "a%2Eb"));
        await fixture.ChangeAsync(Create(0, Table(81, "c", Column(1, "v", Int)), 71));
        await fixture.ChangeAsync(Create(0, Table(82, "b.c", Column(1, "v", Int)), 72));
        await fixture.ChangeAsync(Create(0, Table(83, "quote\"d", Column(1, "sel\"ect", Int)), 73));
        await fixture.ChangeAsync(Create(0, Table(84, "c", Column(1, "v", Int)), 74));

        foreach (long table in new long[] { 81, 82, 83, 84 })
        {
            await fixture.InsertAsync(table, (int)table);
        }

        Assert.Equal(["%73qlite_x.quote\"d", "a%252Eb.c", "a%2Eb.c", "a.b.c"], fixture.Query("SELECT name FROM binlogd_table ORDER BY name"));
        Assert.Equal(["81|82|83|84"], fixture.Query("SELECT (SELECT v FROM \"a%2Eb.c\"), (SELECT v FROM \"a.b.c\"), (SELECT \"sel\"\"ect\" FROM \"%73qlite_x.quote\"\"d\"), (SELECT v FROM \"a%252Eb.c\")"));
    }

    private static async Task<SqliteFixture> OpenAsync(TableInfo table)
    {
        SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, table));
        await fixture.InsertAsync(41, 1, 10, "x");
        return fixture;
    }

    private static TableInfo With(TableInfo table, params ColumnInfo[] added) =>
        table with { Columns = [.. table.Columns.Concat(added).Select((column, offset) => column with { Offset = offset })] };
}
