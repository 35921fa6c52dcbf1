using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;
using Binlog.TiDB.Schema;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>
/// Ends the session, or the server, at every step of a history with rows and schema changes, opens a new target, and goes on from
/// the checkpoint that it reports. The end must be that of an undisturbed run.
/// </summary>
public sealed class MySqlTargetCrashTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly ColumnInfo Added = Column(3, "c", Type(ColumnType.DateTime, 19, ColumnFlags.NotNull)) with { Default = "CURRENT_TIMESTAMP", OriginDefault = "2019-02-18 01:02:03" };
    private static readonly TableSchema A = Table("d", "a", Id(), Column(2, "v", VarChar(40)));
    private static readonly TableSchema B = Schema("d", A.Info with { Id = 101, Name = "b" });
    private static readonly TableSchema Wide = Table("d", "a", Id(), Column(2, "v", VarChar(40)), Added);
    private static readonly TableSchema Renamed = Schema("d", Wide.Info with { Name = "a2" });

    /// <summary>The upstream's history; each entry has its commit TS as position.</summary>
    private static readonly object[] History =
    [
        DatabaseChange(DdlActionType.CreateSchema, "d", 1),
        Change(DdlActionType.CreateTables, null, null, "", 2) with { Tables = [A, B] },
        new ChangeBatch().Insert(A, 1, "a1").Insert(B, 1, "b1").Insert(A, 2, "a2"),
        Change(DdlActionType.RenameTables, null, null, "RENAME TABLE a TO tmp, b TO a, tmp TO b", 4),
        new ChangeBatch().Insert(A, 3, "from b").Delete(B, 2, "a2"),
        Change(DdlActionType.AddColumn, A, Wide, "", 6),
        new ChangeBatch().Insert(Wide, 4, "x", Binlog.TiDB.Codec.Datum.FromUInt64(0)),
        Change(DdlActionType.TruncateTable, B, Schema("d", B.Info with { Id = 102 }), "", 8),
        Change(DdlActionType.RenameTable, Wide, Renamed, "", 9),
        Change(DdlActionType.DropTable, B, null, "", 10),
        DatabaseChange(DdlActionType.CreateSchema, "gone", 11),
        DatabaseChange(DdlActionType.DropSchema, "gone", 12),
        new ChangeBatch().Update(Renamed, [4, "x", Binlog.TiDB.Codec.Datum.FromUInt64(0)], [4, "y", Binlog.TiDB.Codec.Datum.FromUInt64(0)]),
    ];

    private static readonly string[] FinalRows = ["1|b1|2019-02-18 01:02:03", "3|from b|2019-02-18 01:02:03", "4|y|0000-00-00 00:00:00"];

    [Theory]
    [InlineData(nameof(MySqlTargetStep.BeforeCommit))]
    [InlineData(nameof(MySqlTargetStep.AfterCommit))]
    [InlineData(nameof(MySqlTargetStep.BeforeIntent))]
    [InlineData(nameof(MySqlTargetStep.AfterIntent))]
    [InlineData(nameof(MySqlTargetStep.AfterStatement))]
    [InlineData(nameof(MySqlTargetStep.AfterCheckpoint))]
    public async Task Apply_SessionEndsAtEveryOccurrenceOfAStep_EndsAsUndisturbed(string step)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        int crashes = 0;

        await RunAsync(() => server.Options(), Enum.Parse<MySqlTargetStep>(step), () =>
        {
            crashes++;
            return Task.CompletedTask;
        });

        Assert.InRange(crashes, 5, 1000);
        await AssertFinalAsync(look);
    }

    [Fact]
    public async Task Apply_ServerKilledAtEveryStep_EndsAsUndisturbed()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer own = await MariaDbServer.StartAsync();
        int crashes = 0;
        MySqlTargetOptions Options() => new() { Connection = new MySqlConnectionOptions { Host = own.Host, Port = own.Port, User = "root", Password = own.RootPassword }, ClusterId = 1 };

        foreach (MySqlTargetStep step in (MySqlTargetStep[])[MySqlTargetStep.BeforeCommit, MySqlTargetStep.AfterIntent, MySqlTargetStep.AfterStatement])
        {
            await RunAsync(Options, step, async () =>
            {
                crashes++;
                await own.RestartAsync();
            });
            await using MySqlConnection look = await MySqlConnection.OpenAsync(Options().Connection, default);
            await AssertFinalAsync(look);
            await look.ExecuteAsync("DROP DATABASE d", default);
            await look.ExecuteAsync("DROP DATABASE tidb_binlog", default);
        }

        Assert.InRange(crashes, 20, 1000);
    }

    [Fact]
    public async Task Apply_ServerKilledWhileRowsTravel_CheckpointTellsTheTruth()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer own = await MariaDbServer.StartAsync();
        MySqlTargetOptions options = new() { Connection = new MySqlConnectionOptions { Host = own.Host, Port = own.Port, User = "root", Password = own.RootPassword }, ClusterId = 1 };
        TableSchema table = Table("d", "t", Id(), Column(2, "v", VarChar(100)));
        ulong next = 3;
        for (int round = 0; round < 6; round++)
        {
            await using var target = new MySqlTarget(options);
            Checkpoint? checkpoint = await target.OpenAsync(default);
            if (checkpoint is null)
            {
                await target.ApplySchemaChangeAsync(DatabaseChange(DdlActionType.CreateSchema, "d", 1), new Checkpoint(1, 1), default);
                await target.ApplySchemaChangeAsync(Change(DdlActionType.CreateTable, null, table, "", 2), new Checkpoint(2, 2), default);
                checkpoint = new Checkpoint(2, 2);
            }

            next = checkpoint.CommitTs + 1;
            Task killing = KillAfterAsync(own, options, (long)next + (3 * round) + 1);
            TargetException error = await Assert.ThrowsAsync<TargetException>(async () =>
            {
                while (true)
                {
                    await target.ApplyAsync(Rows(table, next), new Checkpoint(next, 2), default);
                    next++;
                }
            });
            Assert.True(error.IsTransient, error.Message);
            await killing;
            await own.StartAgainAsync();
            await using MySqlConnection look = await MySqlConnection.OpenAsync(options.Connection, default);
            Assert.Equal(
                await look.RowsAsync("SELECT (commit_ts - 2) * 50 FROM tidb_binlog.binlogd_checkpoint"),
                await look.RowsAsync("SELECT COUNT(*) FROM d.t"));
        }

        Assert.InRange(next, 10UL, ulong.MaxValue);
    }

    private static ChangeBatch Rows(TableSchema table, ulong commitTs)
    {
        var batch = new ChangeBatch();
        for (int row = 0; row < 50; row++)
        {
            batch.Insert(table, ((int)commitTs * 50) + row, "some text");
        }

        return batch;
    }

    /// <summary>Kills the server as soon as it has committed up to a commit TS: somewhere in the next transactions.</summary>
    private static async Task KillAfterAsync(MariaDbServer server, MySqlTargetOptions options, long commitTs)
    {
        await using MySqlConnection watch = await MySqlConnection.OpenAsync(options.Connection, default);
        await watch.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", default);
        while (await watch.QueryScalarAsync<long>("SELECT COALESCE(MAX(commit_ts), 0) FROM tidb_binlog.binlogd_checkpoint", default) < commitTs)
        {
            await Task.Yield();
        }

        server.Kill();
    }

    private static async Task AssertFinalAsync(MySqlConnection look)
    {
        Assert.Equal(FinalRows, await look.SortedRowsAsync("d.a2"));
        Assert.Equal(["a2"], await look.RowsAsync("SHOW TABLES FROM d"));
        Assert.Empty(await look.RowsAsync("SHOW DATABASES LIKE 'gone'"));
        Assert.Equal(["current_timestamp()"], await look.RowsAsync("SELECT COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='d' AND COLUMN_NAME='c'"));
        Assert.Equal(["13|∅"], await look.RowsAsync("SELECT commit_ts, ddl_commit_ts FROM tidb_binlog.binlogd_checkpoint"));
    }

    /// <summary>Runs the history; the n-th session crashes at the n-th occurrence of the step that it gets to see, counted over the whole history.</summary>
    private static async Task RunAsync(Func<MySqlTargetOptions> options, MySqlTargetStep step, Func<Task> crash)
    {
        var crashedAt = new HashSet<(ulong Position, int Occurrence)>();
        for (int session = 0; session < 200; session++)
        {
            ulong position = 0;
            int occurrence = 0;
            async Task OnStep(MySqlTargetStep reached)
            {
                if (reached == step && crashedAt.Add((position, occurrence++)))
                {
                    await crash();
                    throw new CrashException();
                }
            }

            await using var target = new MySqlTarget(options() with { StepReached = OnStep });
            Checkpoint? checkpoint = await target.OpenAsync(default);
            try
            {
                for (position = (checkpoint?.CommitTs ?? 0) + 1; position <= (ulong)History.Length; position++)
                {
                    occurrence = 0;
                    await (History[position - 1] is SchemaChange change
                        ? target.ApplySchemaChangeAsync(change, new Checkpoint(position, (long)position), default)
                        : target.ApplyAsync((ChangeBatch)History[position - 1], new Checkpoint(position, (long)position), default));
                }

                return;
            }
            catch (CrashException)
            {
                continue;
            }
        }

        Assert.Fail("The history never came to its end.");
    }

    private sealed class CrashException : Exception;
}
