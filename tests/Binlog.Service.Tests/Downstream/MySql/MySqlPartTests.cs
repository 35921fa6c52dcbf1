using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Parts of transactions that are committed without the checkpoint: what is known of them afterwards, and who can't commit any.</summary>
public sealed class MySqlPartTests(MySqlTestServer server) : IClassFixture<MySqlTestServer>
{
    private static readonly TableSchema Keyed = Table("d", "t", Id(), Column(2, "v", VarChar(40)));

    [Fact]
    public async Task CommitPartAsync_ThenTheSessionEnds_TheNextOneKnowsUpToWherePartsMayBe()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using (MySqlTarget target = await OpenAsync())
        {
            await target.MakeAsync(Keyed);
            await using IApplyWorker mover = await target.OpenWorkerAsync(default);
            await using IApplyWorker worker = await target.OpenWorkerAsync(default);
            await mover.AnnouncePartsAsync(150, default);
            await mover.CommitPartAsync(default);
            await worker.ExecuteAsync(new ChangeBatch().Insert(Keyed, 1, "a"), 0, 1, default);
            await worker.CommitPartAsync(default);
            await worker.ExecuteAsync(new ChangeBatch().Insert(Keyed, 2, "b"), 0, 1, default);
        }

        await using var again = new MySqlTarget(server.Options());

        Assert.Equal(new Checkpoint(2, 2), await again.OpenAsync(default));
        Assert.Equal(150UL, again.PartsUpTo);
        Assert.Equal(["1|a"], await look.SortedRowsAsync("d.t"));
    }

    [Fact]
    public async Task AnnouncePartsAsync_InTheTransactionThatMovesTheCheckpoint_IsDurableWithIt()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await using IApplyWorker mover = await target.OpenWorkerAsync(default);

        await mover.AnnouncePartsAsync(150, default);
        Assert.Equal(["2|0"], await look.RowsAsync("SELECT commit_ts, parts_up_to FROM tidb_binlog.binlogd_checkpoint"));
        await mover.CommitAsync(new Checkpoint(120, 2), default);

        Assert.Equal(["120|150"], await look.RowsAsync("SELECT commit_ts, parts_up_to FROM tidb_binlog.binlogd_checkpoint"));
    }

    /// <summary>A Drainer whose lock is gone, and who doesn't know it, has executed a part and is about to commit it.</summary>
    [Fact]
    public async Task CommitPartAsync_AnotherDrainerTookOver_IsFencedAndAppliesNothing()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlTarget target = await OpenAsync();
        await target.MakeAsync(Keyed);
        await using IApplyWorker worker = await target.OpenWorkerAsync(default);
        await worker.ExecuteAsync(new ChangeBatch().Insert(Keyed, 1, "a"), 0, 1, default);
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET epoch=2, holder='Drainer d2 at 127.0.0.1:8249'", default);

        TargetException error = await Assert.ThrowsAsync<TargetException>(() => worker.CommitPartAsync(default));
        TargetException announcing = await Assert.ThrowsAsync<TargetException>(() => worker.AnnouncePartsAsync(150, default));

        Assert.False(error.IsTransient);
        Assert.Contains("fenced by Drainer d2 at 127.0.0.1:8249, which has taken this target over (epoch 2, this session's is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("fenced by", announcing.Message, StringComparison.Ordinal);
        Assert.Empty(await look.SortedRowsAsync("d.t"));
        Assert.Equal(["0"], await look.RowsAsync("SELECT parts_up_to FROM tidb_binlog.binlogd_checkpoint"));
    }

    /// <summary>Between its look at the epoch and the end of its COMMIT a part keeps others from taking the target over, but not other parts from being committed.</summary>
    [Fact]
    public async Task CommitPartAsync_CommitIsOnItsWay_NobodyTakesOverButOtherPartsAreCommitted()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int parts = 0;
        Task OnStep(MySqlTargetStep step)
        {
            if (step != MySqlTargetStep.BeforePartCommit || Interlocked.Increment(ref parts) > 1)
            {
                return Task.CompletedTask;
            }

            reached.SetResult();
            return goOn.Task;
        }

        await using MySqlTarget target = await OpenAsync(server.Options() with { StepReached = OnStep });
        await target.MakeAsync(Keyed);
        await using IApplyWorker first = await target.OpenWorkerAsync(default);
        await using IApplyWorker second = await target.OpenWorkerAsync(default);
        await first.ExecuteAsync(new ChangeBatch().Insert(Keyed, 1, "a"), 0, 1, default);
        await second.ExecuteAsync(new ChangeBatch().Insert(Keyed, 2, "b"), 0, 1, default);
        Task committing = first.CommitPartAsync(default);
        await reached.Task;

        await second.CommitPartAsync(default);
        Assert.Equal(["2|b"], await look.SortedRowsAsync("d.t"));
        await look.ExecuteAsync("SET SESSION innodb_lock_wait_timeout=1", default);
        MySqlException refused = await Assert.ThrowsAsync<MySqlException>(async () => await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET epoch=2", default));
        Assert.Equal(1205, refused.Code);

        goOn.SetResult();
        await committing;
        Assert.Equal(["1|a", "2|b"], await look.SortedRowsAsync("d.t"));
        await look.ExecuteAsync("UPDATE tidb_binlog.binlogd_checkpoint SET epoch=2", default);
    }

    private static async Task<MySqlTarget> OpenAsync(MySqlTargetOptions options)
    {
        var target = new MySqlTarget(options);
        await target.OpenAsync(default);
        return target;
    }

    private Task<MySqlTarget> OpenAsync() => OpenAsync(server.Options());
}
