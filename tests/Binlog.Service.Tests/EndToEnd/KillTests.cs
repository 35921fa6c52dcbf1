using System.Globalization;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>
/// A recording goes through four processes, all of which, and the target's server, are killed by SIGKILL again and again at random
/// moments while it does. At the end every table is equal. The seed is printed; <c>BINLOG_KILL_SEED</c> and <c>BINLOG_KILL_ROUNDS</c>
/// (kills of each process) override seed and length.
/// </summary>
[Collection(ProcessCluster.Collection)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int MillisecondsBetweenKills = 1600;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Replicate_EverythingKilledAgainAndAgain_MariaDbIsEqual()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync(new MariaDbOptions { Arguments = ["--character-set-server=latin1", "--default-time-zone=+05:30"] });
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        await RunAsync(cluster, server, LongRun.Rounds("BINLOG_KILL_ROUNDS", 20, 200));
    }

    /// <summary>Set up as docs/operations/consistency.md says.</summary>
    [Fact]
    public async Task Replicate_EventuallyAndEverythingKilledAgainAndAgain_MariaDbIsEqual()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.Extra[ProcessCluster.Drainer] = ConsistencyPage.ArgumentsOf(ConsistencyPage.Eventual);
        await RunAsync(cluster, server, LongRun.Rounds("BINLOG_KILL_ROUNDS", 5, 100));
    }

    [Fact]
    public async Task Replicate_EverythingKilledAgainAndAgain_SqliteIsEqual()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        await RunAsync(cluster, null, LongRun.Rounds("BINLOG_KILL_ROUNDS", 5, 100));
    }

    private async Task RunAsync(ProcessCluster cluster, MariaDbServer? server, int rounds)
    {
        int anySeed = Random.Shared.Next(1, 1_000_000);
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        output.WriteLine($"BINLOG_KILL_SEED={seed}, {rounds} kills of each");
        cluster.StartAll();

        // At this pace the replay lasts as long as the kills do.
        int rate = Math.Max(20, ProcessCluster.Recording.CommittedTransactions * 1000 / (rounds * MillisecondsBetweenKills));
        using BinlogdProcess replay = cluster.Replay("--rate", rate.ToString(CultureInfo.InvariantCulture), "--timeout", "5m");
        using var done = new CancellationTokenSource();
        Task watching = WatchAsync(cluster, done.Token);
        List<Task> killing = [.. cluster.Pumps.Append(ProcessCluster.Drainer).Select((name, index) => KillAsync(rounds, new Random(seed + index), () =>
        {
            cluster.Restart(name);
            return Task.CompletedTask;
        }))];
        if (server is not null)
        {
            killing.Add(KillAsync(rounds, new Random(seed + 9), () => server.RestartAsync(TestContext.Current.CancellationToken)));
        }

        await Task.WhenAll(killing);
        (int exitCode, string said) = await replay.WaitAsync(Patience);
        Assert.True(exitCode == 0, replay.Errors + cluster.Describe());
        output.WriteLine(said);
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await done.CancelAsync();
        await watching;

        output.WriteLine($"Ended by themselves and were started again: {string.Join('\n', cluster.Endings)}");
        Assert.DoesNotContain(cluster.Endings, ending => ending.Contains("unexpected", StringComparison.Ordinal));
        await cluster.AssertEqualAsync();
    }

    private static async Task KillAsync(int rounds, Random random, Func<Task> kill)
    {
        for (int round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(MillisecondsBetweenKills / 2, MillisecondsBetweenKills * 3 / 2), TestContext.Current.CancellationToken);
            await kill();
        }
    }

    private static async Task WatchAsync(ProcessCluster cluster, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await Task.Delay(200, done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cluster.StartEnded();
        }
    }
}
