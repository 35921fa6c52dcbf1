using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Recordings;
using Binlog.Service.Tests.Downstream.MySql.History;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>
/// A recording goes through four processes, all of which, and the target's server, are killed by SIGKILL again and again at random
/// moments while it does. Whenever one looks, the target holds whole transactions only, and at the end every table is equal. The seed is printed; <c>BINLOG_KILL_SEED</c> and <c>BINLOG_KILL_ROUNDS</c>
/// (kills of each process) override seed and length.
/// </summary>
[Collection(ProcessCluster.Collection)]
public sealed class KillTests(ITestOutputHelper output)
{
    private const int MillisecondsBetweenKills = 1600;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(1, "Asia/Kolkata", 5)]
    [InlineData(4, "UTC", 20)]
    [InlineData(16, "Australia/Lord_Howe", 5)]
    public async Task Replicate_EverythingKilledAgainAndAgain_MariaDbIsAPrefixAtAnyTimeAndEqual(int workers, string zone, int rounds)
    {
        Capability.RequireMariaDb();
        Capability.Require(TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _), $"This machine does not know the time zone {zone}: install tzdata.");
        await using MariaDbServer server = await StartServerAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server)) { TimeZone = zone };
        cluster.Extra[ProcessCluster.Drainer] = [$"--drainer:workers={workers}", $"--drainer:batchTransactions={400 / workers}"];
        var samples = new SampleLog(() => BankReader.ConnectAsync(server));
        using var done = new CancellationTokenSource();
        Task sampling = Task.Run(() => samples.RunAsync(done.Token), TestContext.Current.CancellationToken);

        await RunAsync(cluster, server, LongRun.Rounds("BINLOG_KILL_ROUNDS", rounds, 100));
        await cluster.AssertEqualAsync();

        await done.CancelAsync();
        await sampling;
        output.WriteLine($"{samples.States} states seen");
        Assert.InRange(samples.States, 3, int.MaxValue);
        await samples.AssertPrefixesAsync();
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
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Replicate_EverythingKilledAgainAndAgain_SqliteIsEqual()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        await RunAsync(cluster, null, LongRun.Rounds("BINLOG_KILL_ROUNDS", 5, 100));
        await cluster.AssertEqualAsync();
    }

    /// <summary>Transfers among a few accounts, so that transactions under way meet all the time: at every look the accounts hold what some transfer left.</summary>
    [Fact]
    public async Task Replicate_TransfersWhileEverythingIsKilled_ReadersSeePrefixesOnly()
    {
        const int Transfers = 4000;
        Capability.RequireMariaDb();
        using var directory = new TemporaryDirectory();
        var ledger = new BankLedger(accounts: 50, seed: 5);
        Recording transfers = BankRecording.Create(directory.Path, ledger, Transfers);
        await using MariaDbServer server = await StartServerAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server)) { Source = transfers };
        cluster.Extra[ProcessCluster.Drainer] = ["--drainer:workers=8", "--drainer:batchTransactions=4"];
        using var done = new CancellationTokenSource();
        Task<int> looking = Task.Run(() => BankReader.LookAsync(server, ledger, done.Token), TestContext.Current.CancellationToken);

        await RunAsync(cluster, server, LongRun.Rounds("BINLOG_KILL_ROUNDS", 5, 100));

        await done.CancelAsync();
        int states = await looking;
        output.WriteLine($"{states} states seen");
        Assert.InRange(states, 3, int.MaxValue);
        await using MySqlConnection connection = await BankReader.ConnectAsync(server);
        Assert.Equal(Transfers, await ledger.LookAsync(connection));
    }

    private static Task<MariaDbServer> StartServerAsync() =>
        MariaDbServer.StartAsync(new MariaDbOptions { Arguments = ["--character-set-server=latin1", "--default-time-zone=+05:30"] });

    private async Task RunAsync(ProcessCluster cluster, MariaDbServer? server, int rounds)
    {
        int anySeed = Random.Shared.Next(1, 1_000_000);
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        output.WriteLine($"BINLOG_KILL_SEED={seed}, {rounds} kills of each");
        cluster.StartAll();

        // At this pace the replay lasts as long as the kills do.
        int rate = Math.Max(20, cluster.Source.CommittedTransactions * 1000 / (rounds * MillisecondsBetweenKills));
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
