using System.Text;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.MySql.Rows;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

public sealed class RowStatementWriterTests
{
    private static readonly MySqlDialect MariaDb = new(MySqlServerKind.MariaDb, new Version(10, 11), new HashSet<string>());
    private static readonly MySqlDialect MySql80 = MariaDb with { Kind = MySqlServerKind.MySql, Version = new Version(8, 0, 36) };
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(20)));

    [Fact]
    public void TryNext_RunsOfInsertsAndDeletes_AreOneStatementEach()
    {
        ChangeBatch batch = new ChangeBatch()
            .Insert(Keyed, 1, "a").Insert(Keyed, 2, null).Update(Keyed, [1, "a"], [3, "b"]).Delete(Keyed, 2, null).Delete(Keyed, 3, "b");

        Assert.Equal(
            [
                "INSERT INTO `d`.`t` (`id`,`v`) VALUES (1,'a'),(2,NULL)",
                "UPDATE `d`.`t` SET `id`=3,`v`='b' WHERE `id`=1",
                "DELETE `d`.`t` FROM `d`.`t` FORCE INDEX (`PRIMARY`) WHERE `id` IN (2,3)",
            ],
            Statements(MariaDb, batch));
    }

    [Theory]
    [InlineData(MySqlServerKind.TiDb, "`v`='[1,-0.5]'")]
    [InlineData(MySqlServerKind.MariaDb, "`v`='[1,-0.5]' AND CAST(CONVERT(`v` USING utf8mb4) AS BINARY)=CAST('[1,-0.5]' AS BINARY)")]
    public void TryNext_Vector_IsItsText(MySqlServerKind kind, string match)
    {
        TableSchema keyless = Table("d", "t", Column(1, "v", Type(ColumnType.Vector, 2)));
        var batch = new ChangeBatch();
        byte[] payload = Convert.FromHexString("020000000000803f000000bf");
        Datum vector = Datum.FromRange(DatumKind.Vector, batch.AddSource(payload), payload.Length);

        Assert.Equal(
            ["INSERT INTO `d`.`t` (`v`) VALUES ('[1,-0.5]')", $"DELETE FROM `d`.`t` WHERE {match} LIMIT 1"],
            Statements(MariaDb with { Kind = kind }, batch.Insert(keyless, vector).Delete(keyless, vector)));
    }

    [Fact]
    public void TryNext_UpdatesThatAreTheOnlyOnesOfTheirRows_AreOneStatement()
    {
        TableSchema table = Table("d", "t", Id(), Column(2, "v", VarChar(20)), Column(3, "w"));
        ChangeBatch batch = new ChangeBatch().Update(table, [1, "a", 5], [1, "b", 5]).Update(table, [2, null, 6], [2, "c", 6]).Update(table, [3, "x", 7], [3, null, 7]);

        Assert.Equal(3, Statements(MariaDb, batch).Count);
        new BatchCondenser().Condense(batch);
        Assert.Equal(
            ["UPDATE `d`.`t` FORCE INDEX (`PRIMARY`) SET `v`=CASE `id` WHEN 1 THEN 'b' WHEN 2 THEN 'c' WHEN 3 THEN NULL END,`w`=`w` WHERE `id` IN (1,2,3)"],
            Statements(MariaDb, batch));
        Assert.Equal(4, Statements(MariaDb, Mixed()).Count);
        Assert.Equal([2, 1], Written(MariaDb, batch, new RowStatementLimits { UpdateRows = 2 }).Select(written => written.Statement.Rows));
        Assert.Equal([1, 1, 1], Written(MariaDb, batch, new RowStatementLimits { Bytes = 1 }).Select(written => written.Statement.Rows));
    }

    [Fact]
    public void TryNext_UpdatesByACompositeKey_CompareEachRowsKey()
    {
        TableSchema table = Schema("d", Info("t", Column(1, "a", Type(ColumnType.VarChar, 5, ColumnFlags.NotNull, "utf8mb4", "utf8mb4_bin")), Column(2, "b", Type(ColumnType.Int, 11, ColumnFlags.NotNull)), Column(3, "c")) with
        {
            Indexes = [Index(1, "PRIMARY", true, "a", "b") with { IsPrimary = true }],
        });
        ChangeBatch batch = new ChangeBatch().Update(table, ["x", 1, 0], ["x", 1, 7]).Update(table, ["y", 2, 0], ["y", 2, null]);
        new BatchCondenser().Condense(batch);

        Assert.Equal(
            ["UPDATE `d`.`t` FORCE INDEX (`PRIMARY`) SET `c`=CASE WHEN (`a`='x' AND `b`=1) THEN 7 WHEN (`a`='y' AND `b`=2) THEN NULL END WHERE (`a`='x' AND `b`=1) OR (`a`='y' AND `b`=2)"],
            Statements(MariaDb, batch));
    }

    /// <summary>A CASE of a number beyond a signed one and others is a DECIMAL, which a server stores in a SET by way of a double.</summary>
    [Fact]
    public void TryNext_SetWithItsLastMember_StandsAlone()
    {
        TableSchema table = Table("d", "t", Id(), Column(2, "s", Type(ColumnType.Set, -1) with { Elements = [.. Enumerable.Range(1, 64).Select(member => $"m{member}")] }));
        ChangeBatch batch = new ChangeBatch().Update(table, [1, 0UL], [1, 3UL]).Update(table, [2, 0UL], [2, (1UL << 63) | 1]).Update(table, [3, 0UL], [3, 1UL]).Update(table, [4, 0UL], [4, 2UL]);
        new BatchCondenser().Condense(batch);

        Assert.Equal([1, 1, 2], Written(MariaDb, batch, new RowStatementLimits()).Select(written => written.Statement.Rows));
    }

    /// <summary>Rows are counted before they join, and their keys for each column.</summary>
    [Fact]
    public void TryNext_RowThatIsTooLargeToJoin_StandsAlone()
    {
        ChangeBatch batch = new ChangeBatch().Update(Keyed, [1, "a"], [1, "b"]).Update(Keyed, [2, "a"], [2, new string('x', 3000)]).Update(Keyed, [3, "a"], [3, "b"]);
        new BatchCondenser().Condense(batch);

        Assert.Equal([1, 1, 1], Written(MariaDb, batch, new RowStatementLimits { Bytes = 2000 }).Select(written => written.Statement.Rows));
    }

    [Fact]
    public void TryNext_UpdatesThatChangeNothingButMustMatch_AreWritten()
    {
        TableSchema table = Table("d", "t", Id());
        ChangeBatch batch = new ChangeBatch().Update(table, [1], [1]).Update(table, [2], [2]);
        new BatchCondenser().Condense(batch);

        Assert.Equal(["UPDATE `d`.`t` FORCE INDEX (`PRIMARY`) SET `id`=`id` WHERE `id` IN (1,2)"], Statements(MariaDb, batch));
    }

    [Fact]
    public void TryNext_RowAndByteLimits_EndAStatement()
    {
        var batch = new ChangeBatch();
        for (int id = 0; id < 5; id++)
        {
            batch.Insert(Keyed, id, "aaaaaaaaaaaaaaaaaaaa");
        }

        Assert.Equal([2, 2, 1], Written(MariaDb, batch, new RowStatementLimits { InsertRows = 2 }).Select(written => written.Statement.Rows));
        Assert.Equal([1, 1, 1, 1, 1], Written(MariaDb, batch, new RowStatementLimits { Bytes = 10 }).Select(written => written.Statement.Rows));
    }

    [Fact]
    public void TryNext_CompositeKey_IsAnOrOfGroups()
    {
        TableSchema table = Schema("d", Info("t", Column(1, "a", VarChar(5)), Column(2, "b"), Column(3, "c")) with { Indexes = [Index(1, "PRIMARY", true, "a", "b") with { IsPrimary = true }] });

        Assert.Equal(
            ["DELETE `d`.`t` FROM `d`.`t` FORCE INDEX (`PRIMARY`) WHERE (`a`='x' AND `b`=1) OR (`a`='y' AND `b`=2)"],
            Statements(MariaDb, new ChangeBatch().Delete(table, "x", 1, null).Delete(table, "y", 2, 5)));
    }

    [Fact]
    public void TryNext_UniqueKeyWithNull_TakesTheNextKeyOrAllColumns()
    {
        TableSchema table = Schema("d", Info("t", Column(1, "a"), Column(2, "b"), Column(3, "c")) with { Indexes = [Index(1, "ua", true, "a"), Index(2, "ub", true, "b")] });

        Assert.Equal(
            [
                "DELETE FROM `d`.`t` WHERE `b` IN (2)",
                "DELETE FROM `d`.`t` WHERE `a` IS NULL AND `b` IS NULL AND `c`=3 LIMIT 1",
                "UPDATE `d`.`t` SET `a`=1,`b`=NULL,`c`=NULL WHERE `a`=1",
            ],
            Statements(MariaDb, new ChangeBatch().Delete(table, null, 2, 3).Delete(table, null, null, 3).Update(table, [1, null, null], [1, null, null])));
    }

    [Fact]
    public void TryNext_OldValueThatIsUnknown_IsNotLookedAt() => Assert.Equal(
        ["DELETE FROM `d`.`t` WHERE `a`=1 LIMIT 1"],
        Statements(MariaDb, new ChangeBatch().Delete(Table("d", "t", Column(1, "a"), Column(2, "dropping")), 1, Datum.Missing)));

    [Fact]
    public void TryNext_NoKey_ComparesTextByItsBytes() => Assert.Equal(
        ["DELETE FROM `d`.`t` WHERE `v`='a ' AND CAST(CONVERT(`v` USING utf8mb4) AS BINARY)=CAST('a ' AS BINARY) LIMIT 1"],
        Statements(MariaDb, new ChangeBatch().Delete(Table("d", "t", Column(1, "v", VarChar(9))), "a ")));

    [Fact]
    public void TryNext_NoKeyWithJson_ComparesByValueWhereJsonIsAType()
    {
        TableSchema table = Table("d", "t", Column(1, "j", Type(ColumnType.Json, 4294967295)));
        var batch = new ChangeBatch();
        byte[] number = [0x09, 5, 0, 0, 0, 0, 0, 0, 0];
        batch.Delete(table, Datum.FromRange(DatumKind.Json, batch.AddSource(number), number.Length));

        Assert.Equal(["DELETE FROM `d`.`t` WHERE `j`=CAST('5' AS JSON) LIMIT 1"], Statements(MySql80, batch));
        Assert.Equal(["DELETE FROM `d`.`t` WHERE `j`='5' AND CAST(CONVERT(`j` USING utf8mb4) AS BINARY)=CAST('5' AS BINARY) LIMIT 1"], Statements(MariaDb, batch));
    }

    [Fact]
    public void TryNext_EveryKindOfValue_IsAnExactLiteral()
    {
        TableSchema table = Table(
            "d", "t",
            Column(1, "u", Type(ColumnType.BigInt, 20, ColumnFlags.Unsigned)), Column(2, "f", Type(ColumnType.Float, 12, decimals: -1)), Column(3, "d", Type(ColumnType.Double, 22, decimals: -1)),
            Column(4, "b", Type(ColumnType.VarChar, 9)), Column(5, "dt", Type(ColumnType.DateTime, 23, decimals: 3)), Column(6, "ti", Type(ColumnType.Time, 10)),
            Column(7, "s", Type(ColumnType.Set, -1) with { Elements = ["x", "y"] }), Column(8, "bi", Type(ColumnType.Bit, 64)), Column(9, "v", VarChar(50)));
        ChangeBatch batch = new ChangeBatch().Insert(
            table, ulong.MaxValue, (double)-3322.3516f, 1e300, new byte[] { 0, 0xff }, Datum.FromUInt64(PackedTime.FromParts(2019, 2, 30, 1, 2, 3, 450000).Value),
            Datum.FromDuration(-45_296L * 1_000_000_000), 3UL, ulong.MaxValue, "'\\\0\u001a\n\"é😀");

        Assert.Equal(
            ["INSERT INTO `d`.`t` (`u`,`f`,`d`,`b`,`dt`,`ti`,`s`,`bi`,`v`) VALUES (18446744073709551615,-3322.3515625E0,1E+300,x'00ff','2019-02-30 01:02:03.450','-12:34:56',3,18446744073709551615,'\\'\\\\\\0\\Z\n\"é😀')"],
            Statements(MariaDb, batch));
    }

    [Fact]
    public void TryNext_EnumErrorValue_StandsAloneAndSaysHowManyWarningsItMakes()
    {
        TableSchema table = Table("d", "t", Id(), Column(2, "e", Type(ColumnType.Enum, -1) with { Elements = ["a"] }));

        List<(string Sql, RowStatement Statement)> written = Written(MariaDb, new ChangeBatch().Insert(table, 1, 1UL).Insert(table, 2, 0UL).Insert(table, 3, 1UL).Update(table, [3, 1UL], [3, 0UL]), new());

        Assert.Equal([0, 1, 0, 1], written.Select(item => item.Statement.LenientWarnings));
    }

    [Fact]
    public void TryNext_TextThatIsNoUtf8_NamesTableColumnAndCommitTs()
    {
        TargetException error = Assert.Throws<TargetException>(() => Statements(MariaDb, new ChangeBatch().Insert(Keyed, 1, new byte[] { 0xc3 })));

        Assert.Contains("`v` of `d`.`t`, commit TS 42", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("INFORMATION_SCHEMA")]
    [InlineData("tidb_binlog")]
    public void TryNext_SystemSchema_IsRefused(string schema) =>
        Assert.Throws<TargetException>(() => Statements(MariaDb, new ChangeBatch().Insert(Table(schema, "t", Id()), 1)));

    [Fact]
    public void TryNext_ManyRows_AllocatesNothingPerRow()
    {
        var batch = new ChangeBatch();
        for (int id = 0; id < 2000; id++)
        {
            batch.Insert(Keyed, id, "some text that is a little longer");
            batch.Update(Keyed, [id + 5000, "some text"], [id + 5000, "some text that is another one"]);
        }

        new BatchCondenser().Condense(batch);
        var writer = new RowStatementWriter(MariaDb, "x", new RowStatementLimits());
        var sql = new SqlBuffer();
        Write();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Write();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);

        void Write()
        {
            sql.Clear();
            writer.Start(batch, 0, batch.Rows.Length);
            while (writer.TryNext(sql, long.MaxValue, out _))
            {
            }
        }
    }

    /// <summary>Updates between deletes and inserts, and another table behind them.</summary>
    private static ChangeBatch Mixed()
    {
        TableSchema other = Schema("d", Info("o", Id(), Column(2, "v")) with { Id = 101 });
        ChangeBatch batch = new ChangeBatch().Insert(Keyed, 1, "a").Update(Keyed, [2, "a"], [2, "b"]).Update(Keyed, [3, "a"], [3, "b"]).Delete(Keyed, 4, "x").Update(other, [1, 1], [1, 2]);
        new BatchCondenser().Condense(batch);
        return batch;
    }

    private static List<string> Statements(MySqlDialect dialect, ChangeBatch batch) => [.. Written(dialect, batch, new RowStatementLimits()).Select(written => written.Sql)];

    private static List<(string Sql, RowStatement Statement)> Written(MySqlDialect dialect, ChangeBatch batch, RowStatementLimits limits)
    {
        var writer = new RowStatementWriter(dialect, "x", limits);
        var sql = new SqlBuffer();
        var written = new List<(string, RowStatement)>();
        writer.Start(batch, 0, batch.Rows.Length);
        while (writer.TryNext(sql, long.MaxValue, out RowStatement statement))
        {
            written.Add((Encoding.UTF8.GetString(sql.Written), statement));
            sql.Clear();
        }

        return written;
    }
}
