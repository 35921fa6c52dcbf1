using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Tests.Downstream.MySql;
using Binlog.Service.Tests.Downstream.MySql.History;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>Several workers into a real server: the end is TiDB's, and nothing but prefixes of the upstream's history is ever seen.</summary>
public sealed class ParallelApplyTests(MySqlTestServer server, ITestOutputHelper output) : IClassFixture<MySqlTestServer>
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    /// <summary>While it runs, samples of the whole target are taken; each must be what a serial replay has at that commit TS.</summary>
    [Theory]
    [InlineData(1, 500)]
    [InlineData(4, 20)]
    [InlineData(16, 3)]
    public async Task Run_WholeRecording_IsAPrefixAtAnyTimeAndEndsInTheFinalTables(int workers, int transactions)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        var samples = new SampleLog(server.ConnectAsync);
        await using RecordedRelay recorded = await RecordedRelay.CreateAsync(int.MaxValue);
        var progress = new ApplyProgress();
        var applier = new Applier(
            () => new MySqlTarget(server.Options()), recorded.Relay, recorded.History, new ApplyLimits { Workers = workers, Transactions = transactions }, progress, TimeProvider.System, NullLogger.Instance);
        await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);

        using var done = new CancellationTokenSource();
        Task sampling = Task.Run(() => samples.RunAsync(done.Token), Token);

        await RunAsync(applier, progress, recorded.LastCommitTs);

        await done.CancelAsync();
        await sampling;
        output.WriteLine($"{progress.Applied.Groups} groups, {progress.Applied.Restarts} executed anew, {samples.States} states seen");
        Assert.Equal(20_093, progress.Rows);
        await RecordedTables.AssertEqualAsync(look);
        Assert.InRange(samples.States, 3, int.MaxValue);
        await samples.AssertPrefixesAsync();
    }

    /// <summary>
    /// Transfers among a few accounts, so that groups meet all the time. Every look at the target must find the state after some
    /// transaction of the upstream: each writes its number, and a model says what the accounts held after it.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Run_TransfersAmongAccounts_ReadersSeePrefixesOnly(int workers)
    {
        await using MySqlConnection look = await server.EmptyAsync();
        using var bank = new BankHistory(accounts: 50, transfers: 3000, seed: 5);
        await bank.WriteAsync(Token);
        var progress = new ApplyProgress();
        var applier = new Applier(
            () => new MySqlTarget(server.Options()), bank.Relay, bank.History, new ApplyLimits { Workers = workers, Transactions = 4 }, progress, TimeProvider.System, NullLogger.Instance);
        await applier.WriteFirstCheckpointAsync(new Checkpoint(0, 0), 0, Token);
        await using MySqlConnection reader = await server.ConnectAsync();
        await reader.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", Token);

        Task running = RunAsync(applier, progress, bank.LastCommitTs);
        var seen = new HashSet<int>();
        while (!running.IsCompleted)
        {
            if (await bank.LookAsync(reader) is { } transfers)
            {
                seen.Add(transfers);
            }
        }

        await running;
        output.WriteLine($"{seen.Count} states seen, {progress.Applied.Groups} groups, {progress.Applied.Restarts} executed anew");
        Assert.Equal(bank.Transfers, await bank.LookAsync(look));
        Assert.InRange(seen.Count, 3, int.MaxValue);
    }

    private static async Task RunAsync(Applier applier, ApplyProgress progress, ulong lastCommitTs)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = applier.RunAsync(stop.Token);
        await Task.WhenAny(running, progress.WaitForAsync(lastCommitTs, stop.Token));
        await stop.CancelAsync();
        await running.ContinueWith(_ => { }, TaskScheduler.Default);
        if (!running.IsCanceled)
        {
            await running;
        }
    }
}
