namespace Binlog.MySql.Tests.RealServer;

public class CommandTests(SharedMariaDb mariaDb)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAsync_MariaDb_TellsServer()
    {
        await using var connection = await mariaDb.OpenAsync();
        Assert.Equal(MySqlServerKind.MariaDb, connection.Server.Kind);
        Assert.True(connection.Server.Major >= 10);
        Assert.DoesNotContain("5.5.5", connection.Server.Version, StringComparison.Ordinal);
        Assert.Equal(connection.Server.ConnectionId, await connection.QueryScalarAsync<ulong>("SELECT CONNECTION_ID()", Token));
        Assert.True(connection.IsOpen);
        Assert.True(connection.Status.HasFlag(MySqlStatus.Autocommit));
    }

    [Fact]
    public async Task ExecuteAsync_InsertUpdateSelect_CountsMatchedRows()
    {
        await using var connection = await mariaDb.OpenAsync();
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))", Token);
        var inserted = await connection.ExecuteAsync("INSERT INTO t (v) VALUES ('a'), ('b'), ('c')", Token);
        Assert.Equal((3, 1UL), (inserted.AffectedRows, inserted.LastInsertId));

        var matched = await connection.ExecuteAsync("UPDATE t SET v = 'a' WHERE id <= 2"u8.ToArray(), Token);
        Assert.Equal(2, matched.AffectedRows);

        var selected = await connection.ExecuteAsync("SELECT * FROM t", Token);
        Assert.Equal(0, selected.AffectedRows);
        Assert.Equal(1, (await connection.ExecuteAsync("DROP TEMPORARY TABLE IF EXISTS nothing_here", Token)).Warnings);
    }

    [Fact]
    public async Task ExecuteAsync_Transaction_ShowsInStatus()
    {
        await using var connection = await mariaDb.OpenAsync();
        Assert.True((await connection.ExecuteAsync("BEGIN", Token)).Status.HasFlag(MySqlStatus.InTransaction));
        Assert.True(connection.Status.HasFlag(MySqlStatus.InTransaction));
        await connection.ExecuteAsync("COMMIT", Token);
        Assert.False(connection.Status.HasFlag(MySqlStatus.InTransaction));
    }

    [Fact]
    public async Task ExecuteAsync_WrongSql_ThrowsServerErrorAndStaysUsable()
    {
        await using var connection = await mariaDb.OpenAsync();
        var e = await Assert.ThrowsAsync<MySqlException>(async () => await connection.ExecuteAsync("SELECT * FROM missing WHERE v = 'a secret that is longer than that'", Token));
        Assert.Equal((1146, "42S02", false, false), (e.Code, e.SqlState, e.IsTransient, e.IsConnectionLost));
        Assert.Equal("SELECT * FROM missing WHERE v = 'a secret that is…'", e.Statement);
        await connection.PingAsync(Token);
    }

    [Fact]
    public async Task ExecuteAllAsync_SeveralStatements_ReturnsEachResult()
    {
        await using var connection = await mariaDb.OpenAsync();
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)", Token);
        var results = await connection.ExecuteAllAsync("INSERT INTO t VALUES (1),(2); SELECT * FROM t; DELETE FROM t WHERE id = 1", Token);
        Assert.Equal([2, 0, 1], results.Select(result => result.AffectedRows));
        Assert.Equal(2, (await connection.ExecuteAsync("INSERT INTO t VALUES (7); DELETE FROM t WHERE id = 7", Token)).AffectedRows);

        var e = await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAllAsync("INSERT INTO t VALUES (3); INSERT INTO t VALUES (3); INSERT INTO t VALUES (4)", Token));
        Assert.Equal(1062, e.Code);
        Assert.Equal(2, await connection.QueryScalarAsync<int>("SELECT COUNT(*) FROM t", Token));
    }

    [Fact]
    public async Task QueryAsync_SeveralResults_GoesThroughAll()
    {
        await using var connection = await mariaDb.OpenAsync();
        await using var reader = await connection.QueryAsync("SELECT 1 AS a, NULL AS b, 'x' AS c; DO 1; SELECT 18446744073709551615, -5, 2.5e0", Token);
        Assert.Equal(["a", "b", "c"], reader.Columns.Select(column => column.Name));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal((1, true, "x"), (reader.GetInt64(0), reader.IsNull(1), reader.GetString(2)));
        Assert.Null(reader.GetString(1));
        Assert.True(reader.GetBytes(1).IsEmpty);
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(1));
        Assert.Throws<InvalidCastException>(() => reader.GetInt64(2));
        Assert.False(await reader.ReadAsync(Token));
        Assert.Throws<InvalidOperationException>(() => reader.GetInt64(0));
        Assert.True(await reader.NextResultAsync(Token));
        Assert.Empty(reader.Columns);
        Assert.True(await reader.NextResultAsync(Token));
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal((ulong.MaxValue, -5, 2.5), (reader.GetUInt64(0), reader.GetInt64(1), reader.GetDouble(2)));
        Assert.False(await reader.NextResultAsync(Token));
        await connection.PingAsync(Token);
    }

    [Fact]
    public async Task QueryAsync_ColumnTypes_AreDescribed()
    {
        await using var connection = await mariaDb.OpenAsync();
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, b VARBINARY(9), d DECIMAL(10,3) NOT NULL) CHARACTER SET utf8mb4", Token);
        await using var reader = await connection.QueryAsync("SELECT id, b, d FROM t AS other", Token);
        Assert.Equal([MySqlColumnType.BigInt, MySqlColumnType.VarString, MySqlColumnType.NewDecimal], reader.Columns.Select(column => column.Type));
        Assert.True(reader.Columns[0].Flags.HasFlag(MySqlColumnFlags.Unsigned | MySqlColumnFlags.PrimaryKey | MySqlColumnFlags.AutoIncrement));
        Assert.Equal(63, reader.Columns[1].CollationId);
        Assert.Equal((3, "other", "test"), (reader.Columns[2].Decimals, reader.Columns[2].Table, reader.Columns[2].Schema));
        Assert.False(await reader.ReadAsync(Token));
    }

    [Fact]
    public async Task QueryAsync_DisposedEarly_LeavesConnectionUsable()
    {
        await using var connection = await mariaDb.OpenAsync();
        await using (var reader = await connection.QueryAsync("SELECT seq FROM seq_1_to_100000; SELECT 2", Token))
        {
            Assert.True(await reader.ReadAsync(Token));
            var busy = await Assert.ThrowsAsync<InvalidOperationException>(async () => await connection.ExecuteAsync("DO 1", Token));
            Assert.Contains("busy", busy.Message, StringComparison.Ordinal);
        }

        Assert.Equal(3, await connection.QueryScalarAsync<int>("SELECT 3", Token));
    }

    [Fact]
    public async Task QueryAsync_ServerErrorAmongRows_ThrowsIt()
    {
        await using var connection = await mariaDb.OpenAsync();
        var reader = await connection.QueryAsync("SELECT 1; SELECT * FROM missing", Token);
        Assert.True(await reader.ReadAsync(Token));
        var e = await Assert.ThrowsAsync<MySqlException>(() => reader.NextResultAsync(Token));
        Assert.Equal(1146, e.Code);
        await connection.PingAsync(Token);
    }

    [Fact]
    public async Task ResetAsync_AfterSessionChanges_ForgetsThemAndKeepsUtf8()
    {
        await using var connection = await mariaDb.OpenAsync();
        await connection.ExecuteAsync("SET @x = 5", Token);
        await connection.ResetAsync(Token);
        Assert.Null(await connection.QueryScalarAsync("SELECT @x", Token));
        Assert.Equal("utf8mb4", await connection.QueryScalarAsync("SELECT @@character_set_client", Token));
    }

    [Fact]
    public async Task ExecuteAsync_AfterClose_ThrowsObjectDisposed()
    {
        var connection = await mariaDb.OpenAsync();
        await connection.CloseAsync();
        await connection.CloseAsync();
        Assert.False(connection.IsOpen);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await connection.ExecuteAsync("DO 1", Token));
    }

    [Fact]
    public async Task ExecuteAsync_Utf8Mb4UnderLatin1Default_RoundTrips()
    {
        const string Text = "żółć 漢字 🐬 \u0000 ' \\ end";
        await using var connection = await mariaDb.OpenAsync();
        Assert.Equal("latin1", await connection.QueryScalarAsync("SELECT @@character_set_server", Token));
        await connection.ExecuteAsync("CREATE TEMPORARY TABLE t (v VARCHAR(100) CHARACTER SET utf8mb4, b BLOB)", Token);
        await connection.ExecuteAsync("INSERT INTO t VALUES ('żółć 漢字 🐬 \0 \\' \\\\ end', 'żółć 漢字 🐬 \0 \\' \\\\ end')", Token);
        await using var reader = await connection.QueryAsync("SELECT v, b FROM t", Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal((Text, Text), (reader.GetString(0), reader.GetString(1)));
    }
}
