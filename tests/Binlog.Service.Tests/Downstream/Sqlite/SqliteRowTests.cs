using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Downstream.Sqlite;

public sealed class SqliteRowTests
{
    [Fact]
    public async Task Apply_ValuesThatInviteConversion_AreKeptExactly()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(
            41, "t", Column(1, "id", Int.Key()), Column(2, "s", VarChar(50)), Column(3, "b", VarBinary(50)), Column(4, "u", UnsignedBigInt), Column(5, "d", Decimal(30, 10)),
            Column(6, "f", Real), Column(7, "e", Enum("1", "2")))));

        await fixture.InsertAsync(41, 1, "007", "42"u8.ToArray(), ulong.MaxValue, "12345678901234567890.0123456789", 0.1, 2);
        await fixture.InsertAsync(41, 2, "", Array.Empty<byte>(), (ulong)long.MaxValue, "0", 3.0, 0);
        await fixture.InsertAsync(41, 3, "a\0b", new byte[] { 0 }, 9223372036854775808UL, "-1.5", -0.0, 1);
        await fixture.InsertAsync(41, 4, new byte[] { 0xff, 0xfe }, null, null, null, null, null);

        Assert.Equal(
            [
                "1|'007'|X'3432'|'18446744073709551615'|'12345678901234567890.0123456789'|0.1|'2'",
                "2|''|X''|9223372036854775807|'0.0000000000'|3.0|''",
                "3|X'610062'|X'00'|'9223372036854775808'|'-1.5000000000'|0.0|'1'",
                "4|X'FFFE'|NULL|NULL|NULL|NULL|NULL",
            ],
            fixture.Query("SELECT id, CASE WHEN instr(s, char(0)) THEN quote(CAST(s AS BLOB)) ELSE quote(s) END, quote(b), quote(u), quote(d), quote(f), quote(e) FROM \"db1.t\" ORDER BY id"));
        Assert.Equal(["text", "text", "text", "blob"], fixture.Query("SELECT typeof(s) FROM \"db1.t\" ORDER BY id"));
    }

    [Fact]
    public async Task Apply_UpdatesAndDeletesByKey_FindTheirRows()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "k", VarChar(10).Required()), Column(2, "u", UnsignedBigInt), Column(3, "v", Int)) with
        {
            Indexes = [Index(1, "PRIMARY", true, "k"), Index(2, "uu", true, "u")],
        }));
        await fixture.InsertAsync(41, "a", ulong.MaxValue, 1);
        await fixture.InsertAsync(41, "b", null, 2);

        await fixture.ApplyAsync(
            (RowChangeKind.Update, 41, ["a", ulong.MaxValue, 1], ["a", 5UL, 10]),
            (RowChangeKind.Update, 41, ["b", null, 2], ["c", null, 2]),
            (RowChangeKind.Update, 41, ["c", null, 2], ["c", null, 2]),
            (RowChangeKind.Insert, 41, null, ["d", null, 4]),
            (RowChangeKind.Delete, 41, ["d", null, 4], null));

        Assert.Equal(["a|5|10", "c|NULL|2"], fixture.Query("SELECT * FROM \"db1.t\" ORDER BY k"));
    }

    [Fact]
    public async Task Apply_EqualRowsWithoutKey_TouchExactlyOne()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "rowid", Int), Column(2, "b", VarChar(10)))));
        for (int copy = 0; copy < 3; copy++)
        {
            await fixture.InsertAsync(41, null, "x");
        }

        await fixture.ApplyAsync((RowChangeKind.Update, 41, [null, "x"], [1, "y"]), (RowChangeKind.Delete, 41, [null, "x"], null));

        Assert.Equal(["1|y", "NULL|x"], fixture.Query("SELECT * FROM \"db1.t\" ORDER BY b DESC"));
    }

    [Fact]
    public async Task Apply_UnknownOldValue_IsNotLookedFor()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "a", Int), Column(2, "b", Int))));
        await fixture.InsertAsync(41, 1, 77);

        await fixture.ApplyAsync((RowChangeKind.Update, 41, [1, DBNull.Value], [2, null]));

        Assert.Equal(["2|NULL"], fixture.Query("SELECT * FROM \"db1.t\""));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Apply_RowThatIsNotThere_NamesCommitTsTableAndKeyAndKeepsNothing(bool isUpdate)
    {
        RowChangeKind kind = isUpdate ? RowChangeKind.Update : RowChangeKind.Delete;
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "id", Int.Key()), Column(2, "b", Int))));
        Checkpoint before = fixture.Checkpoint;

        var error = await Assert.ThrowsAsync<TargetException>(() => fixture.ApplyAsync(
            (RowChangeKind.Insert, 41, null, [1, 1]), (kind, 41, [9, 1], isUpdate ? [9, 2] : null)));

        Assert.Contains($"commit TS {before.CommitTs + 1} failed (id = 9): 0 rows match", error.Message, StringComparison.Ordinal);
        Assert.Contains("`db1`.`t`", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
        Assert.Empty(fixture.Query("SELECT * FROM \"db1.t\""));
        Assert.Equal(before, await fixture.Target.OpenAsync(default));
    }

    [Fact]
    public async Task Apply_RowThatIsThereAlready_SaysSo()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "id", Int.Key()), Column(2, "b", Int))));
        await fixture.InsertAsync(41, 1, 1);

        var error = await Assert.ThrowsAsync<TargetException>(() => fixture.InsertAsync(41, 1, 2));

        Assert.Contains("UNIQUE constraint failed", error.Message, StringComparison.Ordinal);
        Assert.Contains("something else has written to it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_TableWithManyColumns_WritesAndFindsAllOfThem()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        ColumnInfo[] columns = [.. Enumerable.Range(1, 100).Select(id => Column(id, $"c{id}", Int))];
        await fixture.ChangeAsync(Create(0, Table(41, "t", columns)));
        object?[] row = [.. Enumerable.Range(1, 100).Select(value => (object?)value)];
        object?[] updated = [.. row.Select(value => (object?)-(int)value!)];

        await fixture.ApplyAsync((RowChangeKind.Insert, 41, null, row), (RowChangeKind.Insert, 41, null, row), (RowChangeKind.Update, 41, row, updated), (RowChangeKind.Delete, 41, row, null));

        Assert.Equal(["1|-1|-100"], fixture.Query("SELECT count(*), c1, c100 FROM \"db1.t\""));
    }

    [Fact]
    public async Task Apply_VirtualGeneratedColumn_IsComputedWhereItIsSafe()
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(
            41, "t", Column(1, "id", Int.Key()), Virtual(2, "v", Int, "(`id` + 1) * 2 - 3"), Virtual(3, "w", VarChar(10), "concat(`id`, \"!\")"),
            Virtual(4, "x", new FieldType { Tp = ColumnType.TinyInt, Length = 4 }, "`id` * 1000"))));

        await fixture.ApplyAsync((RowChangeKind.Insert, 41, null, [7, DBNull.Value, DBNull.Value, DBNull.Value]));

        Assert.Equal(["7|13|127"], fixture.Query("SELECT * FROM \"db1.t\""));
        Assert.Equal(["id|0", "v|0", "w|1", "x|0"], fixture.Query("SELECT column_name, is_left_out FROM binlogd_column ORDER BY position"));
    }
}
