using System.Globalization;
using Binlog.MySql;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>
/// A Drainer with consistency eventual has the whole recording before it, so that its workers have much to do, and is killed by SIGKILL in the middle of it again
/// and again, and now and then the target's server with it. The seed is printed; <c>BINLOG_KILL_SEED</c> overrides it, <c>BINLOG_EVENTUAL_KILL_ROUNDS</c> how often the recording is applied.
/// </summary>
[Collection(ProcessCluster.Collection)]
public sealed class EventualKillTests(ITestOutputHelper output)
{
    private const int MostKills = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apply_KilledInTheMiddleOfABacklog_EndsEqual()
    {
        Capability.RequireMariaDb();
        int anySeed = Random.Shared.Next(1, 1_000_000);
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        int rounds = LongRun.Rounds("BINLOG_EVENTUAL_KILL_ROUNDS", 1, 30);
        output.WriteLine($"BINLOG_KILL_SEED={seed}, {rounds} rounds");
        for (int round = 0; round < rounds; round++)
        {
            await RunAsync(new Random(seed + round), workers: round % 3 == 0 ? 4 : round % 3 == 1 ? 16 : 2);
        }
    }

    private async Task RunAsync(Random random, int workers)
    {
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server), pumps: 1);
        cluster.Extra[ProcessCluster.Drainer] = ["--drainer:consistency=eventual", $"--drainer:workers={workers}", "--drainer:batchTransactions=40"];
        cluster.Start(cluster.Pumps[0]);
        using BinlogdProcess replay = cluster.Replay("--timeout", "5m");
        Assert.Equal(0, (await replay.WaitAsync(Patience)).ExitCode);

        int kills = 0;
        int inDoubt = 0;
        ulong reached = 0;
        cluster.Start(ProcessCluster.Drainer);
        while (true)
        {
            DrainerStatus status = await DrainerStatus.WaitForAsync(cluster.DrainerPort, now => now.LastTs > reached || now.LastTs >= ProcessCluster.Recording.LastCommitTs, Patience, cluster.Describe);
            reached = status.LastTs;
            if (reached >= ProcessCluster.Recording.LastCommitTs)
            {
                break;
            }

            if (kills == MostKills)
            {
                reached = ProcessCluster.Recording.LastCommitTs - 1;
                continue;
            }

            await Task.Delay(random.Next(1500), Token);
            cluster[ProcessCluster.Drainer].Kill();
            if (random.Next(3) == 0)
            {
                await server.RestartAsync(Token);
            }

            kills++;
            inDoubt += await AreInDoubtAsync(server) ? 1 : 0;
            cluster.Start(ProcessCluster.Drainer);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{workers} workers: {kills} kills, after {inDoubt} of them there could be parts beyond the checkpoint"));
        Assert.InRange(kills, 1, MostKills);
        await cluster.AssertEqualAsync();
        Assert.True(await HadPartsAsync(server));
    }

    private static Task<bool> AreInDoubtAsync(MariaDbServer server) => LookAsync(server, "parts_up_to > commit_ts");

    private static Task<bool> HadPartsAsync(MariaDbServer server) => LookAsync(server, "parts_up_to > 0");

    private static async Task<bool> LookAsync(MariaDbServer server, string condition)
    {
        await using MySqlConnection look = await MySqlConnection.OpenAsync(
            new MySqlConnectionOptions { Host = server.Host, Port = server.Port, User = "root", Password = server.RootPassword }, Token);
        return await look.QueryScalarAsync<long>($"SELECT COUNT(*) FROM tidb_binlog.binlogd_checkpoint WHERE {condition}", Token) > 0;
    }
}
