using Binlog.MySql;
using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Sqlite;
using Binlog.Service.Downstream.Verification;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Drainer.Translating;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>Transactions that are applied in pieces: the end is the same, and nothing is seen before it.</summary>
public sealed class LargeApplyTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private const int Rows = 3000;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    private static readonly ApplyLimits Streaming = new() { LargeBytes = 1024, Rows = 50 };

    [Theory]
    [InlineData(7, 1 << 20)]
    [InlineData(2000, 300)]
    public async Task Run_WholeRecordingStreamed_EndsInTheFinalTables(int rows, int bytes)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);

        ApplyProgress progress = await ApplyAsync(recorded, () => new MySqlTarget(server.Options()), rows, bytes);

        Assert.Equal(20_093, progress.Rows);
        await RecordedTables.AssertEqualAsync(look);
    }

    [Fact]
    public async Task Run_WholeRecordingStreamedIntoSqlite_EndsInTheFinalTables()
    {
        using var files = new TemporaryDirectory();
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);

        ApplyProgress progress = await ApplyAsync(recorded, () => new SqliteTarget(files.Combine("target.db"), 1), 7, 1 << 20);

        Assert.Equal(20_093, progress.Rows);
        SchemaTracker tracker = await SchemaTracker.ReplayAsync(recorded.History, long.MaxValue, Token);
        using var source = new SqliteTableSource(files.Combine("target.db"));
        VerificationReport report = await TargetVerifier.CompareAsync(FinalTablesReader.ReadAsync(RecordedStream.PathOf("final_tables.json.gz"), Token), tracker.UserTables, source, Token);
        Assert.True(report.Equal);
        Assert.Equal(38, report.Tables.Count);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Apply_WhileItRuns_ReadersSeeNothingOfIt(string kind)
    {
        using KeyedTable table = await WriteAsync();
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);

        int looks = 0;
        target.BeforeExecute = async () =>
        {
            if (target.Progress.Large is { Rows: > 0 })
            {
                Assert.Equal(["0|0|∅"], await target.RowsAsync());
                looks++;
            }
        };

        await target.ApplyAsync(table, Streaming, Token);

        Assert.Equal((Rows / Streaming.Rows) - 1, looks);
        Assert.Equal(Rows, (await target.RowsAsync()).Count);
        Assert.Null(target.Progress.Large);
    }

    [Fact]
    public async Task Apply_ConnectionKilledInTheMiddle_StartsAgainAndEndsRight()
    {
        using KeyedTable table = await WriteAsync();
        await using LargeTarget target = await LargeTarget.MySqlAsync(server);
        await using MySqlConnection killer = await server.ConnectAsync();

        int kills = 0;
        target.BeforeExecute = async () => kills += kills < 2 && target.Progress.Large is { Rows: 500 } ? await KillWritersAsync(killer) : 0;

        await target.ApplyAsync(table, Streaming, Token);

        Assert.Equal(2, kills);
        Assert.Equal(Rows, (await target.RowsAsync()).Count);
        Assert.Equal(200UL, target.Progress.CommitTs);
    }

    [Theory]
    [InlineData("mysql")]
    [InlineData("sqlite")]
    public async Task Apply_StoppedInTheMiddle_EndsWithNothingOfItAndCanGoOn(string kind)
    {
        using KeyedTable table = await WriteAsync();
        await using LargeTarget target = await LargeTarget.OfAsync(kind, server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);

        target.BeforeExecute = () => target.Progress.Large is { Rows: 500 } ? stop.CancelAsync() : Task.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => target.ApplyAsync(table, Streaming, stop.Token));

        Assert.Equal(["0|0|∅"], await target.RowsAsync());

        await target.ApplyAsync(table, Streaming, Token);
        Assert.Equal(Rows, (await target.RowsAsync()).Count);
    }

    [Fact]
    public async Task Apply_RecordDamaged_AppliesWhatComesBeforeAndNothingOfIt()
    {
        using KeyedTable table = await WriteAsync();
        await using LargeTarget target = LargeTarget.Sqlite();
        string segment = Directory.EnumerateFiles(table.RelayPath, "*.seg").MaxBy(file => new FileInfo(file).Length)!;
        await using (var file = new FileStream(segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = file.Length / 2;
            file.WriteByte(0xEE);
            file.WriteByte(0x11);
        }

        CorruptLogException error = await Assert.ThrowsAsync<CorruptLogException>(() => target.ApplyAsync(table, Streaming, Token));

        Assert.Contains("payload checksum", error.Message, StringComparison.Ordinal);
        Assert.Equal(["0|0|∅"], await target.RowsAsync());
        Assert.Equal(100UL, target.Progress.CommitTs);
    }

    [Fact]
    public async Task Apply_RowLongerThanAPiece_GoesThrough()
    {
        using var table = new KeyedTable();
        BinlogBuilder change = KeyedTable.Begin();
        for (int id = 1; id <= 20; id++)
        {
            change.Insert(id, null, id, DBNull.Value, new string('w', id % 3 == 0 ? 4000 : 10));
        }

        await table.WriteAsync(change.Commit(100));
        await using LargeTarget target = LargeTarget.Sqlite();

        await target.ApplyAsync(table, new ApplyLimits { LargeBytes = 100, Bytes = 64 }, Token);

        Assert.Equal(20, (await target.RowsAsync()).Count);
    }

    /// <summary>One row, and then a transaction with all the others.</summary>
    private static async Task<KeyedTable> WriteAsync()
    {
        var table = new KeyedTable();
        BinlogBuilder change = KeyedTable.Begin();
        for (int id = 1; id < Rows; id++)
        {
            change.Insert(id, null, id, $"v{id}", "w");
        }

        await table.WriteAsync(KeyedTable.Begin().Insert(0, null, 0, DBNull.Value, "w").Commit(100), change.Commit(200));
        return table;
    }

    private static async Task<ApplyProgress> ApplyAsync(RecordedRelay recorded, Func<ITarget> target, int rows, int bytes)
    {
        var progress = new ApplyProgress();
        var limits = new ApplyLimits { LargeBytes = 1024, Rows = rows, Bytes = bytes };
        await using var applier = new Applier(target, recorded.Relay, recorded.History, limits, progress, TimeProvider.System, NullLogger.Instance);
        await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
        await applier.RunToEndAsync(Token);
        return progress;
    }

    /// <summary>Kills the sessions that have a transaction; returns how many.</summary>
    private static async Task<int> KillWritersAsync(MySqlConnection killer)
    {
        List<string> writers = await killer.RowsAsync("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_rows_modified > 0");
        foreach (string id in writers)
        {
            await killer.ExecuteAsync($"KILL {id}", Token);
        }

        return writers.Count;
    }
}
