using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Verification;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Comparing a server's tables with what the upstream had.</summary>
public sealed class MySqlTableSourceTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private static readonly TableSchema Schema = Table(
        "d",
        "odd `name",
        Id(),
        Column(2, "text", VarChar(40)),
        Column(3, "float", Type(ColumnType.Float, 12)),
        Column(4, "bits", Type(ColumnType.Bit, 10)),
        Column(5, "at", Type(ColumnType.Timestamp, 19)),
        Column(6, "bytes", Type(ColumnType.VarChar, 20)));

    private static readonly FinalTable Expected = new(
        "d",
        "odd `name",
        ["id", "text", "float", "bits", "at", "bytes"],
        [
            ["1", "'käse'", "0.1", "b'1000000001'", "'2020-01-02 03:04:05'", "x'00ff'"],
            ["2", "''", "16777216", "NULL", "NULL", "x'61'"],
            ["3", "NULL", "NULL", "b'0'", "'2038-01-19 03:14:07'", "NULL"],
        ]);

    [Fact]
    public async Task Compare_SameRows_IsEqual()
    {
        await using MySqlConnection look = await FilledAsync();

        VerificationReport report = await CompareAsync();
        Assert.True(report.Equal, string.Join('\n', report.Mismatched.SelectMany(table => table.Samples)));
        Assert.Equal(3, Assert.Single(report.Tables).Rows);
    }

    [Theory]
    [InlineData("`text`='kase' WHERE id=1", "id = 1, text = 'kase'")]
    [InlineData("`float`=0.100000001 WHERE id=1", null)]
    [InlineData("`float`=0.1000001 WHERE id=1", "id = 1")]
    [InlineData("`float`=16777218 WHERE id=2", "id = 2")]
    [InlineData("`bits`=1 WHERE id=3", "id = 3")]
    [InlineData("`at`='2020-01-02 03:04:06' WHERE id=1", "id = 1")]
    [InlineData("`bytes`=x'0000' WHERE id=1", "id = 1")]
    [InlineData("`text`=NULL WHERE id=2", "id = 2, text = NULL")]
    public async Task Compare_OneValueChanged_IsNamed(string change, string? named)
    {
        await using MySqlConnection look = await FilledAsync();
        await look.ExecuteAsync($"UPDATE `d`.`odd ``name` SET {change}", Token);

        VerificationReport report = await CompareAsync();
        if (named is null)
        {
            Assert.True(report.Equal, "the nearest FLOAT is the same");
            return;
        }

        TableComparison table = Assert.Single(report.Mismatched);
        Assert.Equal((1L, 1L), (table.Missing, table.Unexpected));
        Assert.Contains(table.Samples, sample => sample.StartsWith($"unexpected: {named}", StringComparison.Ordinal));
        Assert.Contains(table.Samples, sample => sample.StartsWith($"missing: {named[..6]}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compare_TableMissingOrTooMany_IsNamed()
    {
        await using MySqlConnection look = await FilledAsync();
        await look.ExecuteAsync("CREATE TABLE `d`.`extra` (a INT)", Token);
        await look.ExecuteAsync("DROP TABLE `d`.`odd ``name`", Token);

        VerificationReport report = await CompareAsync();
        Assert.Equal(["extra", "odd `name"], report.Mismatched.Select(table => table.Table));
    }

    [Fact]
    public async Task Open_WrongPassword_SaysSo()
    {
        server.Options();
        TargetException error = await Assert.ThrowsAsync<TargetException>(
            () => MySqlTableSource.OpenAsync(new MySqlConnectionOptions { Host = server.Server.Host, Port = server.Server.Port, User = "root", Password = "wrong" }, ["d"], Token));
        Assert.Contains("1045", error.Message, StringComparison.Ordinal);
    }

    private static async IAsyncEnumerable<FinalTable> ExpectedTables()
    {
        await Task.Yield();
        yield return Expected;
    }

    private async Task<VerificationReport> CompareAsync()
    {
        await using MySqlTableSource source = await MySqlTableSource.OpenAsync(server.ConnectionOptions, ["d"], Token);
        return await TargetVerifier.CompareAsync(ExpectedTables(), [Schema], source, Token);
    }

    private async Task<MySqlConnection> FilledAsync()
    {
        MySqlConnection connection = await server.EmptyAsync();
        await connection.ExecuteAsync("SET NAMES utf8mb4", Token);
        await connection.ExecuteAsync("CREATE DATABASE `d`", Token);
        await connection.ExecuteAsync(
            "CREATE TABLE `d`.`odd ``name` (id INT PRIMARY KEY, `text` VARCHAR(40) CHARACTER SET utf8mb4, `float` FLOAT, `bits` BIT(10), `at` TIMESTAMP NULL, `bytes` VARBINARY(20)) ENGINE=InnoDB",
            Token);
        await connection.ExecuteAsync(
            "INSERT INTO `d`.`odd ``name` VALUES (1,'käse',0.1,513,'2020-01-02 03:04:05',x'00ff'),(2,'',16777216,NULL,NULL,x'61'),(3,NULL,NULL,0,'2038-01-19 03:14:07',NULL)",
            Token);
        return connection;
    }
}
