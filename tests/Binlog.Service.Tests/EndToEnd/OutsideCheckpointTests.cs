using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Checkpoints that are not in the target, and the original's, with processes that are killed.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class OutsideCheckpointTests(ITestOutputHelper output)
{
    private const int MillisecondsBetweenKills = 1600;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Transfers among accounts: each changes rows that the one before changed, so that nothing may be made twice, or out of order.</summary>
    [Theory]
    [InlineData("file")]
    [InlineData("mysql")]
    public async Task Replicate_DrainerKilledAgainAndAgain_ReadersSeePrefixesAndAllArrives(string type)
    {
        const int Transfers = 4000;
        Capability.RequireMariaDb();
        using var directory = new TemporaryDirectory();
        var ledger = new BankLedger(accounts: 50, seed: 7);
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        await using MariaDbServer other = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server)) { Source = BankRecording.Create(directory.Path, ledger, Transfers) };
        cluster.Extra[ProcessCluster.Drainer] = type == "file"
            ? ["--drainer:checkpoint:type=file"]
            : ["--drainer:checkpoint:type=mysql", $"--drainer:checkpoint:host={other.Host}", $"--drainer:checkpoint:port={other.Port}", "--drainer:checkpoint:user=root", $"--drainer:checkpoint:password={other.RootPassword}"];
        cluster.StartAll();
        int rounds = LongRun.Rounds("BINLOG_KILL_ROUNDS", 10, 100);
        int anySeed = Random.Shared.Next(1, 1_000_000);
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        output.WriteLine($"BINLOG_KILL_SEED={seed}");
        var random = new Random(seed);
        int rate = Math.Max(20, Transfers * 1000 / (rounds * MillisecondsBetweenKills));
        using var done = new CancellationTokenSource();
        Task<int> looking = Task.Run(() => BankReader.LookAsync(server, ledger, done.Token), Cancelled);
        using BinlogdProcess replay = cluster.Replay("--rate", rate.ToString(CultureInfo.InvariantCulture), "--timeout", "5m");
        for (int round = 0; round < rounds; round++)
        {
            await Task.Delay(random.Next(MillisecondsBetweenKills / 2, MillisecondsBetweenKills * 3 / 2), Cancelled);
            cluster.Restart(ProcessCluster.Drainer);
            if (type == "mysql" && round % 3 == 2)
            {
                await other.RestartAsync(Cancelled);
            }
        }

        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await done.CancelAsync();
        int states = await looking;
        output.WriteLine($"{states} states seen");
        Assert.InRange(states, 3, int.MaxValue);
        await using MySqlConnection look = await ConnectAsync(cluster);
        Assert.Equal(Transfers, await ledger.LookAsync(look));
        Assert.Null(await look.QueryScalarAsync("SELECT table_name FROM information_schema.tables WHERE table_schema='tidb_binlog'", Cancelled));
    }

    /// <summary>Without it the Drainer would begin now, and have nothing.</summary>
    [Fact]
    public async Task Start_TargetOfTheOriginal_GoesOnFromItsCheckpoint()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server), pumps: 1);
        cluster.Extra[ProcessCluster.Drainer] = ["--drainer:initialCommitTs=-1"];
        await using MySqlConnection look = await ConnectAsync(cluster);
        await look.ExecuteAsync("CREATE DATABASE tidb_binlog", Cancelled);
        await look.ExecuteAsync("CREATE TABLE tidb_binlog.checkpoint (clusterID bigint unsigned primary key, checkPoint MEDIUMTEXT)", Cancelled);
        await look.ExecuteAsync($$"""INSERT INTO tidb_binlog.checkpoint VALUES ({{ProcessCluster.Recording.ClusterId}}, '{"consistent":true,"commitTS":0,"ts-map":{},"schema-version":0}')""", Cancelled);
        cluster.Start("pump1");
        using BinlogdProcess replay = cluster.Replay("--timeout", "5m");
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);

        cluster.Start(ProcessCluster.Drainer);

        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    private static Task<MySqlConnection> ConnectAsync(ProcessCluster cluster) => MySqlConnection.OpenAsync(TargetFactory.ConnectionOptions(cluster.Downstream), Cancelled);
}
