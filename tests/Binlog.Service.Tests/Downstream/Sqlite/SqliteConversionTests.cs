using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Drainer.Schema.Definitions;

namespace Binlog.Service.Tests.Downstream.Sqlite;

public sealed class SqliteConversionTests
{
    [Theory]
    [MemberData(nameof(Conversions))]
    public async Task ModifyColumn_TypeChanges_ConvertsTheValues(object value, string oldType, string newType, bool keepsId, string expected)
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", TypeOf(oldType)), Column(3, "z", Int))));
        await fixture.InsertAsync(41, 1, value, 5);
        await fixture.InsertAsync(41, 2, null, 6);

        await fixture.AlterAsync(DdlActionType.ModifyColumn, Table(41, "t", Column(1, "id", Int.Key()), Column(keepsId ? 2 : 9, "a", TypeOf(newType)), Column(3, "z", Int)));

        Assert.Equal([$"1|{expected}|5", "2|NULL|6"], fixture.Query("SELECT id, quote(a), z FROM \"db1.t\" ORDER BY id"));
    }

    public static TheoryData<object, string, string, bool, string> Conversions => new()
    {
        { 5, "int", "bigint", true, "5" },
        { 5, "int", "varchar", false, "'5'" },
        { 5, "int", "ubigint", true, "5" },
        { 5UL, "ubigint", "int", false, "5" },
        { -5, "int", "decimal2", false, "'-5.00'" },
        { 5, "int", "double", false, "5.0" },
        { "12", "varchar", "int", false, "12" },
        { "x", "varchar", "varbinary", false, "X'78'" },
        { "x"u8.ToArray(), "varbinary", "varchar", false, "'x'" },
        { "-1.005", "decimal3", "decimal2", false, "'-1.01'" },
        { "-0.004", "decimal3", "decimal2", false, "'0.00'" },
        { "9.995", "decimal3", "decimal2", false, "'10.00'" },
        { "1.5", "decimal3", "int", false, "2" },
        { "1.5", "decimal3", "varchar", false, "'1.500'" },
        { "2020-01-02", "date", "datetime2", false, "'2020-01-02 00:00:00.00'" },
        { "2020-01-02 00:00:00", "datetime2", "date", false, "'2020-01-02'" },
        { "2020-01-02 03:04:05.50", "datetime2", "datetime3", false, "'2020-01-02 03:04:05.500'" },
        { 2, "enum_ab", "enum_xab", false, "'b'" },
        { 2, "enum_ab", "varchar", false, "'b'" },
        { "b", "varchar", "enum_ab", false, "'b'" },
        { ulong.MaxValue, "ubigint", "varchar", false, "'18446744073709551615'" },
        { ulong.MaxValue, "ubigint", "decimal2", false, "'18446744073709551615.00'" },
    };

    [Theory]
    [InlineData("1x", "varchar", "int")]
    [InlineData("2020-01-02 03:04:05.55", "datetime2", "datetime0")]
    [InlineData("2020-01-02 03:04:05", "datetime2", "date")]
    [InlineData("long text here", "varchar", "varchar5")]
    [InlineData("c", "varchar", "enum_ab")]
    [InlineData("2020-01-02 03:04:05", "datetime0", "timestamp")]
    [InlineData("0.1", "varchar", "int")]
    [InlineData(5000000000UL, "ubigint", "int")]
    [InlineData(ulong.MaxValue, "ubigint", "bigint")]
    [InlineData(-1, "int", "ubigint")]
    [InlineData("100000.5", "decimal3", "decimal5_2")]
    public async Task ModifyColumn_UncertainConversion_RefusesAndKeepsEverything(object value, string oldType, string newType)
    {
        await using SqliteFixture fixture = await SqliteFixture.OpenAsync();
        await fixture.ChangeAsync(Create(0, Table(41, "t", Column(1, "id", Int.Key()), Column(2, "a", TypeOf(oldType)))));
        await fixture.InsertAsync(41, 1, value);
        List<string> rows = fixture.Query("SELECT * FROM \"db1.t\"");
        Checkpoint before = fixture.Checkpoint;

        var error = await Assert.ThrowsAsync<TargetException>(() =>
            fixture.AlterAsync(DdlActionType.ModifyColumn, Table(41, "t", Column(1, "id", Int.Key()), Column(9, "a", TypeOf(newType)))));

        Assert.Contains($"ModifyColumn (job 1000, commit TS {before.CommitTs + 1})", error.Message, StringComparison.Ordinal);
        Assert.Contains("can't be converted", error.Message, StringComparison.Ordinal);
        Assert.Equal(rows, fixture.Query("SELECT * FROM \"db1.t\""));
        Assert.Empty(fixture.Query("SELECT name FROM sqlite_master WHERE name = 'binlogd_rebuild'"));
        Assert.Equal(before, await fixture.Target.OpenAsync(default));
    }

    private static FieldType TypeOf(string name) => name switch
    {
        "int" => Int,
        "bigint" => BigInt,
        "ubigint" => UnsignedBigInt,
        "double" => Real,
        "varchar" => VarChar(30),
        "varchar5" => VarChar(5),
        "varbinary" => VarBinary(30),
        "decimal2" => Decimal(25, 2),
        "decimal3" => Decimal(25, 3),
        "decimal5_2" => Decimal(5, 2),
        "date" => Date,
        "datetime0" => DateTime(0),
        "datetime2" => DateTime(2),
        "datetime3" => DateTime(3),
        "timestamp" => DateTime(0) with { Tp = ColumnType.Timestamp },
        "enum_ab" => Enum("a", "b"),
        "enum_xab" => Enum("x", "a", "b"),
        _ => throw new ArgumentException(name, nameof(name)),
    };
}
