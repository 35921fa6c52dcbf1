using System.Text.RegularExpressions;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Schema changes carried out by a real server.</summary>
public sealed partial class DdlOnServerTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>
{
    private ulong _commitTs;

    [Fact]
    public async Task Alter_BetweenRandomDefinitions_GivesWhatCreateGives()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await ApplyAsync(target, DatabaseChange(DdlActionType.CreateSchema, "d", 1));
        for (int round = 0; round < 60; round++)
        {
            List<ColumnInfo> pool = [.. Enumerable.Range(2, 8).Select(id => Column(id, $"c{id}", RandomType(random)))];
            TableSchema before = RandomTable(random, "t", pool, round);
            TableSchema after = RandomTable(random, "t", [.. pool.Select(column => random.Next(3) switch
            {
                0 => column with { Type = RandomType(random) },
                1 => column with { Name = $"n{column.Id}", Comment = "renamed" },
                _ => column,
            })], round + 1);
            await ApplyAsync(target, Change(DdlActionType.CreateTable, null, before));
            await ApplyAsync(target, Change(DdlActionType.AddColumns, before, after));
            string altered = await ShowAsync(look, "t");
            await ApplyAsync(target, Change(DdlActionType.DropTable, after, null));

            await ApplyAsync(target, Change(DdlActionType.CreateTable, null, after));

            Assert.Equal(await ShowAsync(look, "t"), altered);
            await ApplyAsync(target, Change(DdlActionType.DropTable, after, null));
        }
    }

    [Fact]
    public async Task Apply_PartitionsViewsAndSequences_AreMadeChangedAndDropped()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await ApplyAsync(target, DatabaseChange(DdlActionType.CreateSchema, "d", 1));
        static PartitionDefinition Below(long id, string name, string bound) => new() { Id = id, Name = name, LessThan = [bound] };
        TableInfo info = Info("p", Id(), Column(2, "v", VarChar(10)));
        TableInfo ranged = info with { Partition = new PartitionInfo { Type = PartitionType.Range, Expression = "`id`", Enable = true, Definitions = [Below(11, "p0", "10"), Below(12, "p1", "20")] } };
        TableInfo longer = ranged with { Partition = ranged.Partition with { Definitions = [.. ranged.Partition.Definitions, Below(13, "p2", "MAXVALUE")] } };
        TableSchema Table(TableInfo table) => Schema("d", table);
        TableInfo plain = info with { Id = 55, Name = "x" };
        TableInfo exchanged = longer with { Partition = longer.Partition! with { Definitions = [Below(55, "p0", "10"), .. longer.Partition.Definitions.Skip(1)] } };

        await ApplyAsync(target, Change(DdlActionType.CreateTable, null, Table(ranged)));
        await ApplyAsync(target, Change(DdlActionType.AddPartition, Table(ranged), Table(longer)));
        await ApplyAsync(target, Change(DdlActionType.CreateTable, null, Table(plain)));
        await look.ExecuteAsync("INSERT INTO d.p VALUES (1,'p'),(15,'p'); INSERT INTO d.x VALUES (2,'x')", default);
        await ApplyAsync(target, Change(DdlActionType.ExchangePartition, Table(longer), Table(exchanged)) with
        {
            Job = new DdlJob { Id = 7, Type = DdlActionType.ExchangePartition, TableId = 55 },
            Tables = [Table(plain with { Id = 11 })],
        });

        Assert.Equal(["15|p", "2|x"], await look.SortedRowsAsync("d.p"));
        Assert.Equal(["1|p"], await look.SortedRowsAsync("d.x"));

        TableInfo emptied = exchanged with { Partition = exchanged.Partition! with { Definitions = [Below(77, "p0", "10"), .. exchanged.Partition.Definitions.Skip(1)] } };
        await ApplyAsync(target, Change(DdlActionType.TruncatePartition, Table(exchanged), Table(emptied)));
        Assert.Equal(["15|p"], await look.SortedRowsAsync("d.p"));
        await ApplyAsync(target, Change(DdlActionType.DropPartition, Table(longer), Table(ranged)));
        Assert.Equal(["p0", "p1"], await look.RowsAsync("SELECT PARTITION_NAME FROM information_schema.PARTITIONS WHERE TABLE_NAME='p' ORDER BY 1"));

        TableInfo view = Info("vw", Column(1, "a"), Column(2, "b")) with { View = new ViewInfo { Select = "SELECT `id`,`v` FROM `d`.`p`", Columns = ["a", "b"] } };
        await ApplyAsync(target, Change(DdlActionType.CreateView, null, Table(view)));
        Assert.Equal(["15|p"], await look.RowsAsync("SELECT a, b FROM d.vw"));
        await ApplyAsync(target, Change(DdlActionType.DropView, Table(view), null));
        await ApplyAsync(target, Change(DdlActionType.CreateSequence, null, Table(info with { Name = "sq", Sequence = new SequenceInfo() }), "CREATE SEQUENCE `sq` START WITH 5"));
        Assert.Equal(["5"], await look.RowsAsync("SELECT NEXTVAL(d.sq)"));

        foreach (PartitionInfo partition in (PartitionInfo[])
        [
            new() { Type = PartitionType.Hash, Expression = "`id`", Enable = true, Definitions = [new(), new(), new()] },
            new() { Type = PartitionType.Key, Columns = ["id"], Enable = true, Definitions = [new(), new()] },
            new() { Type = PartitionType.List, Expression = "`id`", Enable = true, Definitions = [new() { Name = "l", InValues = [["1"], ["2"]] }] },
            new() { Type = PartitionType.Range, Columns = ["id"], Enable = true, Definitions = [Below(1, "a", "5"), Below(2, "b", "MAXVALUE")] },
        ])
        {
            TableSchema other = Table(info with { Name = "other", Partition = partition });
            await ApplyAsync(target, Change(DdlActionType.CreateTable, null, other));
            await ApplyAsync(target, Change(DdlActionType.DropTable, other, null));
        }
    }

    [Fact]
    public async Task ApplySchemaChange_RefusedByTheServer_SaysHowToGoOnAndCanBeRepeated()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema before = Table("d", "t", Id(), Column(2, "a"));
        TableSchema after = Schema("d", before.Info with { Indexes = [Index(1, "u", true, "a")] });
        await using (MySqlTarget target = await OpenAsync())
        {
            await ApplyAsync(target, DatabaseChange(DdlActionType.CreateSchema, "d", 1));
            await ApplyAsync(target, Change(DdlActionType.CreateTable, null, before));
            await look.ExecuteAsync("INSERT INTO d.t VALUES (1,5),(2,5)", default);

            TargetException error = await Assert.ThrowsAsync<TargetException>(() => ApplyAsync(target, Change(DdlActionType.AddIndex, before, after)));

            Assert.False(error.IsTransient);
            Assert.Contains("AddIndex", error.Message, StringComparison.Ordinal);
            Assert.True(error.IsSchemaRefusal);
            Assert.Contains("UPDATE `tidb_binlog`.`binlogd_checkpoint` SET `commit_ts`=3", error.WithRemedy().Message, StringComparison.Ordinal);
        }

        Assert.Equal(["2|∅"], await look.RowsAsync("SELECT commit_ts, ddl_commit_ts FROM tidb_binlog.binlogd_checkpoint"));
        await look.ExecuteAsync("DELETE FROM d.t WHERE id=2", default);
        await using MySqlTarget again = await OpenAsync();
        _commitTs = 2;
        await ApplyAsync(again, Change(DdlActionType.AddIndex, before, after));
        Assert.Contains("UNIQUE KEY `u` (`a`)", await ShowAsync(look, "t"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SkipSchemaChange_AfterARefusal_MovesTheCheckpointAndChangesNothing()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema before = Table("d", "t", Id(), Column(2, "a"));
        TableSchema after = Schema("d", before.Info with { Indexes = [Index(1, "u", true, "a")] });
        SchemaChange change = Change(DdlActionType.AddIndex, before, after) with { CommitTs = 3 };
        await using (MySqlTarget target = await OpenAsync())
        {
            await ApplyAsync(target, DatabaseChange(DdlActionType.CreateSchema, "d", 1));
            await ApplyAsync(target, Change(DdlActionType.CreateTable, null, before));
            await look.ExecuteAsync("INSERT INTO d.t VALUES (1,5),(2,5)", default);
            await Assert.ThrowsAsync<TargetException>(() => target.ApplySchemaChangeAsync(change, new Checkpoint(3, 3), default));
        }

        await using MySqlTarget again = await OpenAsync();
        await again.SkipSchemaChangeAsync(change, new Checkpoint(3, 3), default);

        Assert.Equal(["3|∅"], await look.RowsAsync("SELECT commit_ts, ddl_commit_ts FROM tidb_binlog.binlogd_checkpoint"));
        Assert.DoesNotContain("UNIQUE KEY", await ShowAsync(look, "t"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SkipSchemaChange_WithAnAttemptHalfWay_ForgetsTheAttempt()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await ApplyAsync(target, DatabaseChange(DdlActionType.CreateSchema, "d", 1));
        }

        SchemaChange change = Change(DdlActionType.CreateTable, null, Table("d", "t", Id())) with { CommitTs = 2 };
        await using (MySqlTarget target = await OpenAsync(step => step == MySqlTargetStep.AfterIntent ? throw new TargetException("stopped here", isTransient: true) : Task.CompletedTask))
        {
            await Assert.ThrowsAsync<TargetException>(() => target.ApplySchemaChangeAsync(change, new Checkpoint(2, 2), default));
        }

        Assert.Equal(["1|2"], await look.RowsAsync("SELECT commit_ts, ddl_commit_ts FROM tidb_binlog.binlogd_checkpoint"));
        await using MySqlTarget again = await OpenAsync();

        await again.SkipSchemaChangeAsync(change, new Checkpoint(2, 2), default);

        Assert.Equal(["2|∅"], await look.RowsAsync("SELECT commit_ts, ddl_commit_ts FROM tidb_binlog.binlogd_checkpoint"));
        Assert.Empty(await look.RowsAsync("SHOW TABLES FROM d"));
    }

    [Fact]
    public async Task ApplyAsync_WhileASchemaChangeIsHalfDone_IsRefused()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        TableSchema table = Table("d", "t", Id());
        await using (MySqlTarget target = await OpenAsync(step => step == MySqlTargetStep.AfterStatement ? throw new IOException("crash") : Task.CompletedTask))
        {
            await Assert.ThrowsAsync<IOException>(() => ApplyAsync(target, DatabaseChange(DdlActionType.CreateSchema, "d", 1)));
        }

        await using MySqlTarget again = await OpenAsync();

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => again.ApplyAsync(new ChangeBatch(), new Checkpoint(5, 1), default));
        Assert.Contains("commit TS 1 (job 7) was begun", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<TargetException>(() => again.ApplySchemaChangeAsync(Change(DdlActionType.CreateTable, null, table, "", 9), new Checkpoint(9, 1), default));
        await again.ApplySchemaChangeAsync(DatabaseChange(DdlActionType.CreateSchema, "d", 1), new Checkpoint(1, 1), default);
    }

    private async Task<MySqlTarget> OpenAsync(Func<MySqlTargetStep, Task>? onStep = null)
    {
        var target = new MySqlTarget(server.Options() with { StepReached = onStep });
        await target.OpenAsync(default);
        return target;
    }

    private async Task ApplyAsync(MySqlTarget target, SchemaChange change)
    {
        _commitTs++;
        await target.ApplySchemaChangeAsync(change with { CommitTs = _commitTs }, new Checkpoint(_commitTs, (long)_commitTs), default);
    }

    private static TableSchema RandomTable(Random random, string name, List<ColumnInfo> pool, int comment)
    {
        ColumnInfo[] columns = [.. pool.Where(_ => random.Next(3) > 0).OrderBy(_ => random.Next(4))];
        List<ColumnInfo> all = [.. columns];
        all.Insert(random.Next(all.Count + 1), Id());
        IndexInfo[] indexes = [.. columns.Where(column => column.Type.Tp != ColumnType.Blob && random.Next(2) == 0).Select(column => Index(column.Id, $"k{column.Id}", random.Next(2) == 0, column.Name))];
        return Schema("d", Info(name, [.. all]) with { Indexes = indexes, Comment = $"comment {comment / 2}", Collate = random.Next(2) == 0 ? "utf8mb4_bin" : "utf8mb4_general_ci" });
    }

    private static FieldType RandomType(Random random)
    {
        ColumnFlags flags = random.Next(2) == 0 ? ColumnFlags.NotNull : ColumnFlags.None;
        return random.Next(9) switch
        {
            0 => Type(ColumnType.BigInt, 20, flags | ColumnFlags.Unsigned),
            1 => VarChar(random.Next(1, 700)) with { Flag = flags },
            2 => Type(ColumnType.VarChar, random.Next(1, 40), flags, "latin1", "latin1_bin"),
            3 => Type(ColumnType.NewDecimal, 20, flags, decimals: random.Next(0, 10)),
            4 => Type(ColumnType.DateTime, 19, flags, decimals: random.Next(0, 7)),
            5 => Type(ColumnType.Timestamp, 19, flags),
            6 => Type(ColumnType.Blob, 65535, flags),
            7 => Type(ColumnType.Enum, -1, flags, "utf8", "utf8_general_ci") with { Elements = ["a", "b"] },
            _ => Type(ColumnType.Bit, random.Next(1, 65), flags | ColumnFlags.Unsigned),
        };
    }

    /// <summary>The definition with its keys in the order of their names: where a key stands says nothing.</summary>
    private static async Task<string> ShowAsync(MySqlConnection look, string table)
    {
        string text = Assert.Single(await look.RowsAsync($"SHOW CREATE TABLE d.{table}"));
        string[] lines = [.. text.Split('\n').Select(line => TrailingComma().Replace(line, ""))];
        return string.Join('\n', lines.Where(line => !IsKey(line)).Concat(lines.Where(IsKey).Order(StringComparer.Ordinal)));
    }

    private static bool IsKey(string line) => line.StartsWith("  KEY", StringComparison.Ordinal) || line.StartsWith("  UNIQUE", StringComparison.Ordinal);

    [GeneratedRegex(",$")]
    private static partial Regex TrailingComma();
}
