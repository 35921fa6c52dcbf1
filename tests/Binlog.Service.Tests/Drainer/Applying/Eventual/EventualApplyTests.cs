using Binlog.MySql;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying.Eventual;

/// <summary>Rows spread over workers of a real server: the end is TiDB's, also when sessions end again and again in the middle of parts.</summary>
public sealed class EventualApplyTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 500)]
    [InlineData(4, 500)]
    [InlineData(4, 40)]
    [InlineData(16, 100)]
    public async Task Run_WholeRecording_EndsInTheFinalTables(int workers, int transactions)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);
        int parts = 0;
        MySqlTargetOptions options = server.Options() with { StepReached = step => Task.FromResult(parts += step == MySqlTargetStep.AfterPartCommit ? 1 : 0) };

        ApplyProgress progress = await RunAsync(recorded, options, new ApplyLimits { Workers = workers, Transactions = transactions, Consistency = ApplyConsistency.Eventual });

        output.WriteLine($"{progress.Applied.Groups} groups, {parts} parts, {progress.Applied.Restarts} executed anew");
        Assert.Equal(20_093, progress.Rows);
        Assert.Equal(ApplyConsistency.Eventual, progress.Consistency);
        Assert.InRange(parts, 20, int.MaxValue);
        await RecordedTables.AssertEqualAsync(look);
    }

    /// <summary>Every so often all sessions with the server end at one of the steps, as when the network fails.</summary>
    [Theory]
    [InlineData(nameof(MySqlTargetStep.BeforePartCommit), 7)]
    [InlineData(nameof(MySqlTargetStep.AfterPartCommit), 7)]
    [InlineData(nameof(MySqlTargetStep.BeforeCommit), 9)]
    [InlineData(nameof(MySqlTargetStep.AfterCommit), 9)]
    public async Task Run_SessionsEndAtAStepAgainAndAgain_EndsInTheFinalTables(string step, int every)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        await using MySqlConnection killer = await server.ConnectAsync();
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);
        using var killing = new SemaphoreSlim(1);
        int seen = 0;
        int kills = 0;
        async Task OnStep(MySqlTargetStep reached)
        {
            if (reached == Enum.Parse<MySqlTargetStep>(step) && Interlocked.Increment(ref seen) % every == 0)
            {
                await killing.WaitAsync(Token);
                await KillAllAsync(killer, look);
                kills++;
                killing.Release();
            }
        }

        MySqlTargetOptions options = server.Options() with { StepReached = OnStep };
        ApplyProgress progress = await RunAsync(recorded, options, new ApplyLimits { Workers = 4, Transactions = 60, Consistency = ApplyConsistency.Eventual });

        output.WriteLine($"{kills} kills, {progress.Applied.Groups} groups, {progress.Applied.Restarts} executed anew");
        Assert.InRange(kills, 5, int.MaxValue);
        await RecordedTables.AssertEqualAsync(look);
    }

    /// <summary>One Drainer is stopped in the middle of parts; one that is transactional goes on: what may be there doesn't depend on the setting.</summary>
    [Fact]
    public async Task Run_StoppedBetweenPartsAndCheckpoint_ATransactionalRunGoesOn()
    {
        await using MySqlConnection look = await server.EmptyAsync();
        using var bank = new BankHistory(accounts: 50, transfers: 3000, seed: 6);
        await bank.WriteAsync(Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int parts = 0;
        async Task OnStep(MySqlTargetStep reached)
        {
            if (reached == MySqlTargetStep.AfterPartCommit && Interlocked.Increment(ref parts) == 12)
            {
                await stop.CancelAsync();
            }
        }

        var eventual = new ApplyLimits { Workers = 4, Transactions = 100, Consistency = ApplyConsistency.Eventual };
        await using (Applier first = NewApplier(bank, server.Options() with { StepReached = OnStep }, eventual, new ApplyProgress()))
        {
            await first.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.RunAsync(stop.Token));
        }

        Assert.Equal(["1"], await look.RowsAsync("SELECT parts_up_to > commit_ts FROM tidb_binlog.binlogd_checkpoint"));

        await using Applier second = NewApplier(bank, server.Options(), new ApplyLimits { Workers = 3, Transactions = 70 }, new ApplyProgress());
        await second.RunToEndAsync(Token);

        Assert.Equal(bank.Transfers, await bank.LookAsync(look));
    }

    private static Applier NewApplier(BankHistory bank, MySqlTargetOptions options, ApplyLimits limits, ApplyProgress progress) =>
        new(() => new MySqlTarget(options), bank.Relay, bank.History, limits, progress, TimeProvider.System, NullLogger.Instance);

    private static async Task<ApplyProgress> RunAsync(RecordedRelay recorded, MySqlTargetOptions options, ApplyLimits limits)
    {
        var progress = new ApplyProgress();
        await using var applier = new Applier(() => new MySqlTarget(options), recorded.Relay, recorded.History, limits, progress, new InstantTimeProvider(), NullLogger.Instance);
        await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = applier.RunAsync(stop.Token);
        await Task.WhenAny(running, progress.WaitForAsync(recorded.LastCommitTs, stop.Token));
        await stop.CancelAsync();
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (running.IsFaulted)
        {
            await running;
        }

        return progress;
    }

    private static async Task KillAllAsync(MySqlConnection killer, MySqlConnection look)
    {
        string spared = $"{await killer.QueryScalarAsync("SELECT CONNECTION_ID()", Token)},{await look.QueryScalarAsync("SELECT CONNECTION_ID()", Token)}";
        foreach (string connection in await killer.RowsAsync($"SELECT ID FROM information_schema.PROCESSLIST WHERE USER='root' AND ID NOT IN ({spared})"))
        {
            try
            {
                await killer.ExecuteAsync($"KILL {connection}", Token);
            }
            catch (MySqlException error) when (error.Code == 1094)
            {
                continue;
            }
        }
    }
}
