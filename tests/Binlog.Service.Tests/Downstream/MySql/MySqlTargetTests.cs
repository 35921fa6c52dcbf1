using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

public sealed class MySqlTargetTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(40)));

    [Fact]
    public async Task ApplyAsync_RowsAndCheckpoint_AreThereAfterOpeningAgain()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);

        await target.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "é😀\\'\0").Insert(Keyed, 0, null), new Checkpoint(100, 5), default);
        await target.ApplyAsync(new ChangeBatch(), new Checkpoint(101, 5), default);

        Assert.Equal(["0|∅", "1|é😀\\'\0"], await look.SortedRowsAsync("d.t"));
        await target.DisposeAsync();
        await using var again = new MySqlTarget(server.Options());
        Assert.Equal(new Checkpoint(101, 5), await again.OpenAsync(default));
        Assert.StartsWith("MariaDB 10.", again.Name, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Server.RootPassword, again.Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ApplyAsync_RowMissing_AppliesNothingAndSaysWhich()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await target.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "a"), new Checkpoint(100, 5), default);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() =>
            target.ApplyAsync(new ChangeBatch().Insert(Keyed, 2, "b").Update(Keyed, [9, "x"], [9, "y"]), new Checkpoint(101, 5), default));

        Assert.False(error.IsTransient);
        Assert.Contains("update of `d`.`t`, commit TS 42, row `id`=9 matched 0 rows; expected 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(["1|a"], await look.SortedRowsAsync("d.t"));
        Assert.Equal(["100"], await look.RowsAsync("SELECT commit_ts FROM tidb_binlog.binlogd_checkpoint"));
    }

    [Fact]
    public async Task ApplyAsync_RowThereAlready_AppliesNothingAndSaysWhich()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await look.ExecuteAsync("INSERT INTO d.t VALUES (2, 'stranger')", default);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() =>
            target.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "a").Insert(Keyed, 2, "b"), new Checkpoint(101, 5), default));

        Assert.False(error.IsTransient);
        Assert.Contains("1062", error.Message, StringComparison.Ordinal);
        Assert.Contains("commit TS 42", error.Message, StringComparison.Ordinal);
        Assert.Equal(["2|stranger"], await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task ApplyAsync_ValueThatDoesNotFit_IsAnErrorNeverCut()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await look.ExecuteAsync("ALTER TABLE d.t MODIFY v varchar(2)", default);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "long"), new Checkpoint(101, 5), default));

        Assert.Contains("1406", error.Message, StringComparison.Ordinal);
        Assert.Empty(await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task ApplyAsync_EnumErrorValue_IsKept()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema table = Table("d", "e", Id(), Column(2, "e", Type(ColumnType.Enum, -1, ColumnFlags.NotNull, "utf8mb4", "utf8mb4_bin") with { Elements = ["a", "b"] }), Column(3, "v", VarChar(2)));
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(table);

        await target.ApplyAsync(new ChangeBatch().Insert(table, 1, 0UL, "x").Insert(table, 2, 2UL, "x").Update(table, [2, 2UL, "x"], [2, 0UL, "y"]), new Checkpoint(101, 5), default);

        Assert.Equal(["1||x|0", "2||y|0"], await look.RowsAsync("SELECT *, e+0 FROM d.e ORDER BY id"));
        await look.ExecuteAsync("ALTER TABLE d.e MODIFY v varchar(1)", default);
        TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(new ChangeBatch().Insert(table, 3, 0UL, "xy"), new Checkpoint(102, 5), default));
        Assert.Contains("2 warnings", error.Message, StringComparison.Ordinal);
        Assert.Equal(["2"], await look.RowsAsync("SELECT COUNT(*) FROM d.e"));
    }

    [Fact]
    public async Task ApplyAsync_TableWithoutKey_FindsTheVeryRow()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema table = Table(
            "d", "n", Column(1, "v", VarChar(20, "utf8mb4", "utf8mb4_general_ci")), Column(2, "f", Type(ColumnType.Float, 12, decimals: -1)), Column(3, "y", Type(ColumnType.Year, 4)),
            Column(4, "dt", Type(ColumnType.DateTime, 19)), Column(5, "b", Type(ColumnType.VarChar, 9)), Column(6, "s", Type(ColumnType.Set, -1, ColumnFlags.None, "utf8mb4", "utf8mb4_bin") with { Elements = ["x", "y"] }));
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(table);
        object?[] Row(string text, double number) => [text, (double)(float)number, 0, Datum.FromUInt64(PackedTime.FromParts(2019, 0, 0).Value), new byte[] { 0xff, 0x20 }, 3UL];
        ChangeBatch inserts = new ChangeBatch().Insert(table, Row("a", 0.1)).Insert(table, Row("A", 0.1)).Insert(table, Row("a ", 0.1)).Insert(table, Row("a", 0.1)).Insert(table, Row("a", 0.2));
        await target.ApplyAsync(inserts, new Checkpoint(101, 5), default);

        await target.ApplyAsync(new ChangeBatch().Delete(table, Row("A", 0.1)).Delete(table, Row("a", 0.1)).Update(table, Row("a ", 0.1), Row("z", 0.3)), new Checkpoint(102, 5), default);

        Assert.Equal(["a|0.1", "a|0.2", "z|0.3"], await look.RowsAsync("SELECT v, f FROM d.n ORDER BY v, f"));
        Assert.Equal(["0000|2019-00-00 00:00:00|x,y"], await look.RowsAsync("SELECT DISTINCT y, dt, s FROM d.n"));
    }

    [Fact]
    public async Task ApplyAsync_CheckpointThatDoesNotMoveForward_IsRefused()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default);

        await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default));
        await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(new ChangeBatch(), new Checkpoint(99, 5), default));
    }

    /// <summary>The hour that New York has twice, and the one that it doesn't have: in UTC they are hours like any other.</summary>
    [Fact]
    public async Task ApplyAsync_TimestampsOverAChangeOfTheClocks_AreKept()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema table = Table("d", "z", Id(), Column(2, "t", Type(ColumnType.Timestamp, 19)));
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(table);
        var batch = new ChangeBatch();
        (int Month, int Day, int Hour)[] hours = [(11, 3, 4), (11, 3, 5), (11, 3, 6), (3, 10, 6), (3, 10, 7), (3, 10, 8)];
        foreach ((int month, int day, int hour) in hours)
        {
            batch.Insert(table, batch.Rows.Length, Datum.FromUInt64(PackedTime.FromParts(2024, month, day, hour, 30, 0, 0).Value));
        }

        await target.ApplyAsync(batch, new Checkpoint(101, 5), default);

        Assert.Equal(
            hours.Select((hour, id) => $"{id}|2024-{hour.Month:00}-{hour.Day:00} {hour.Hour:00}:30:00|{new DateTimeOffset(2024, hour.Month, hour.Day, hour.Hour, 30, 0, TimeSpan.Zero).ToUnixTimeSeconds()}"),
            await look.RowsAsync("SELECT id, t, UNIX_TIMESTAMP(t) FROM d.z ORDER BY id"));
    }

    [Fact]
    public async Task OpenAsync_SecondSessionOfTheCluster_WaitsThenIsRefused()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget first = await OpenAsync();
        await using var second = new MySqlTarget(server.Options() with { LockTimeout = TimeSpan.Zero });

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => second.OpenAsync(default));

        Assert.True(error.IsTransient);
        Assert.Contains("still holds the lock binlogd:1", error.Message, StringComparison.Ordinal);
        await using var other = new MySqlTarget(server.Options(clusterId: 2));
        Assert.Null(await other.OpenAsync(default));
        await first.DisposeAsync();
        await using var third = new MySqlTarget(server.Options());
        Assert.Null(await third.OpenAsync(default));
    }

    [Fact]
    public async Task OpenAsync_WrongPassword_SaysSoWithoutIt()
    {
        await using var target = new MySqlTarget(server.Options() with { Connection = server.ConnectionOptions with { Password = "not-it-0815" } });

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.OpenAsync(default));

        Assert.False(error.IsTransient);
        Assert.Contains("1045", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-it-0815", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ApplyAsync_StatementLargerThanThePacketLimit_SaysWhatToSet()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema table = Table("d", "big", Id(), Column(2, "b", Type(ColumnType.LongBlob, 4294967295)));
        await look.ExecuteAsync("SET GLOBAL max_allowed_packet=1048576", default);
        try
        {
            await using MySqlTarget target = await OpenAsync();
            await target.MakeAsync(table);

            TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(new ChangeBatch().Insert(table, 1, new byte[1_000_000]), new Checkpoint(101, 5), default));

            Assert.Contains("max_allowed_packet", error.Message, StringComparison.Ordinal);
            Assert.Contains("`id`=1", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            await look.ExecuteAsync("SET GLOBAL max_allowed_packet=268435456", default);
        }
    }

    [Fact]
    public async Task ApplyAsync_LargeBatch_IsOneTransaction()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync(new MySqlTargetOptions { Connection = server.ConnectionOptions, ClusterId = 1, PipelineBytes = 1000 });
        await target.MakeAsync(Keyed);
        var batch = new ChangeBatch();
        for (int id = 0; id < 3000; id++)
        {
            batch.Insert(Keyed, id, "text").Update(Keyed, [id, "text"], [id, $"text {id}"]);
        }

        await target.ApplyAsync(batch, new Checkpoint(101, 5), default);
        Assert.Equal(["3000"], await look.RowsAsync("SELECT COUNT(*) FROM d.t WHERE v=CONCAT('text ', id)"));

        batch.Clear();
        for (int id = 0; id < 3000; id++)
        {
            batch.Delete(Keyed, id, $"text {id}");
        }

        batch.Delete(Keyed, 77, "text 77");
        await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(batch, new Checkpoint(102, 5), default));
        Assert.Equal(["3000"], await look.RowsAsync("SELECT COUNT(*) FROM d.t"));
    }

    private async Task<MySqlTarget> OpenAsync(MySqlTargetOptions? options = null)
    {
        var target = new MySqlTarget(options ?? server.Options());
        await target.OpenAsync(default);
        return target;
    }
}
