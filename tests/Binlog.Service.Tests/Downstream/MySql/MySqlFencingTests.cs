using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Downstream.MySql;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>The checkpoint's row: whose it is, and who can't move it any more.</summary>
public sealed class MySqlFencingTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(40)));

    [Fact]
    public async Task ApplyAsync_AnotherWriterMovedTheCheckpoint_AppliesNothing()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET commit_ts=50", default);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => target.ApplyAsync(new ChangeBatch().Insert(Keyed, 1, "a"), new Checkpoint(101, 5), default));

        Assert.Contains("no longer at commit TS 2, where this session left it, but at 50", error.Message, StringComparison.Ordinal);
        Assert.Empty(await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task OpenAsync_EachTime_TakesTheNextEpoch()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default);
            Assert.Equal(["1|"], await look.RowsAsync("SELECT epoch, holder FROM tidb_binlog.binlogd_checkpoint"));
        }

        await using var again = new MySqlTarget(server.Options() with { Claim = new TargetClaim { Holder = "Drainer d2 at 127.0.0.1:8249" } });
        Assert.Equal(new Checkpoint(100, 5), await again.OpenAsync(default));
        Assert.Equal(["2|Drainer d2 at 127.0.0.1:8249"], await look.RowsAsync("SELECT epoch, holder FROM tidb_binlog.binlogd_checkpoint"));
    }

    [Fact]
    public async Task OpenAsync_CheckpointOfTheFirstFormat_IsBroughtUpToDate()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default);
        }

        await look.ExecuteAsync("ALTER TABLE tidb_binlog.binlogd_checkpoint DROP COLUMN epoch, DROP COLUMN holder, DROP COLUMN parts_up_to", default);
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET format_version=1", default);
        await using var again = new MySqlTarget(server.Options());

        Assert.Equal(new Checkpoint(100, 5), await again.OpenAsync(default));
        Assert.Equal(["3|1|0"], await look.RowsAsync("SELECT format_version, epoch, parts_up_to FROM tidb_binlog.binlogd_checkpoint"));
        await again.ApplyAsync(new ChangeBatch(), new Checkpoint(101, 5), default);
    }

    /// <summary>A Drainer whose lock is gone, and who doesn't know it, has executed its rows and is about to commit; its server has no locks.</summary>
    [Fact]
    public async Task CommitAsync_AnotherDrainerTookOver_IsFencedAndAppliesNothing()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await using IApplyWorker worker = await target.OpenWorkerAsync(default);
        ChangeBatch batch = new ChangeBatch().Insert(Keyed, 1, "a");
        await worker.ExecuteAsync(batch, 0, 1, default);
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET epoch=2, holder='Drainer d2 at 127.0.0.1:8249'", default);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => worker.CommitAsync(new Checkpoint(101, 5), default));

        Assert.False(error.IsTransient);
        Assert.Contains("fenced by Drainer d2 at 127.0.0.1:8249, which has taken this target over (epoch 2, this session's is 1", error.Message, StringComparison.Ordinal);
        await worker.RollBackAsync();
        Assert.Empty(await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task CommitAsync_Workers_MoveTheCheckpointOneAfterTheOther()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await using IApplyWorker first = await target.OpenWorkerAsync(default);
        await using IApplyWorker second = await target.OpenWorkerAsync(default);
        await second.ExecuteAsync(new ChangeBatch().Insert(Keyed, 2, "b"), 0, 1, default);
        await first.ExecuteAsync(new ChangeBatch().Insert(Keyed, 1, "a"), 0, 1, default);
        Assert.Empty(await look.SortedRowsAsync("d.t"));

        await first.CommitAsync(new Checkpoint(101, 5), default);
        Assert.Equal(["1|a"], await look.SortedRowsAsync("d.t"));
        await second.CommitAsync(new Checkpoint(102, 5), default);
        Assert.Equal(["1|a", "2|b"], await look.SortedRowsAsync("d.t"));

        await first.ExecuteAsync(new ChangeBatch().Delete(Keyed, 1, "a"), 0, 1, default);
        await first.RollBackAsync();
        await target.ApplyAsync(new ChangeBatch(), new Checkpoint(103, 5), default);
        Assert.Equal(["1|a", "2|b"], await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task OpenAsync_CheckpointOfANewerFormat_IsRefused()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default);
        }

        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET format_version=4", default);
        await using var again = new MySqlTarget(server.Options());

        Assert.Contains("format version 4", (await Assert.ThrowsAsync<TargetException>(() => again.OpenAsync(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_CheckpointOfTheSecondFormat_IsBroughtUpToDate()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default);
        }

        await look.ExecuteAsync("ALTER TABLE tidb_binlog.binlogd_checkpoint DROP COLUMN parts_up_to", default);
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET format_version=2", default);
        await using var again = new MySqlTarget(server.Options());

        Assert.Equal(new Checkpoint(100, 5), await again.OpenAsync(default));
        Assert.Equal(0UL, again.PartsUpTo);
        Assert.Equal(["3|2|0"], await look.RowsAsync("SELECT format_version, epoch, parts_up_to FROM tidb_binlog.binlogd_checkpoint"));
    }

    [Fact]
    public async Task OpenAsync_FirstFormatAndNoRightToAlter_SaysWhatToRun()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await target.ApplyAsync(new ChangeBatch(), new Checkpoint(100, 5), default);
        }

        await look.ExecuteAsync("ALTER TABLE tidb_binlog.binlogd_checkpoint DROP COLUMN epoch, DROP COLUMN holder", default);
        await look.ExecuteAsync("CREATE OR REPLACE USER 'low'@'%' IDENTIFIED BY 'low'", default);
        await look.ExecuteAsync("GRANT SELECT, INSERT, UPDATE, DELETE, CREATE ON tidb_binlog.* TO 'low'@'%'", default);
        await using var low = new MySqlTarget(server.Options() with { Connection = server.ConnectionOptions with { User = "low", Password = "low" } });

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => low.OpenAsync(default));

        Assert.False(error.IsTransient);
        Assert.Contains("ALTER TABLE `tidb_binlog`.`binlogd_checkpoint` ADD COLUMN `epoch`", error.Message, StringComparison.Ordinal);
    }

    private async Task<MySqlTarget> OpenAsync(MySqlTargetOptions? options = null)
    {
        var target = new MySqlTarget(options ?? server.Options());
        await target.OpenAsync(default);
        return target;
    }
}
