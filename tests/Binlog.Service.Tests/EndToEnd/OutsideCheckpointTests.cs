using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Hosting;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Checkpoints that are not in the target, and the original's, with processes that are killed.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class OutsideCheckpointTests(ITestOutputHelper output)
{
    private const int MillisecondsBetweenKills = 1600;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>An operator is asked when the transaction in doubt is one of a table without a key. That is rare: then the kills were not in vain, but the run is.</summary>
    [Theory]
    [InlineData("file")]
    [InlineData("mysql")]
    public async Task Replicate_DrainerKilledAgainAndAgain_TablesAreEqual(string type)
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        await using MariaDbServer other = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.Extra[ProcessCluster.Drainer] = type == "file"
            ? ["--drainer:checkpoint:type=file"]
            : ["--drainer:checkpoint:type=mysql", $"--drainer:checkpoint:host={other.Host}", $"--drainer:checkpoint:port={other.Port}", "--drainer:checkpoint:user=root", $"--drainer:checkpoint:password={other.RootPassword}"];
        cluster.StartAll();
        int rounds = LongRun.Rounds("BINLOG_KILL_ROUNDS", 10, 100);
        int anySeed = Random.Shared.Next(1, 1_000_000);
        int seed = LongRun.Rounds("BINLOG_KILL_SEED", anySeed, anySeed);
        output.WriteLine($"BINLOG_KILL_SEED={seed}");
        var random = new Random(seed);
        int rate = Math.Max(20, ProcessCluster.Recording.CommittedTransactions * 1000 / (rounds * MillisecondsBetweenKills));
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
        await Eventually.HoldsAsync("the Drainer runs, or says why not", () => !cluster[ProcessCluster.Drainer].HasExited || cluster[ProcessCluster.Drainer].FatalLines.Count > 0, Cancelled);
        Assert.SkipWhen(cluster[ProcessCluster.Drainer].HasExited && cluster[ProcessCluster.Drainer].Errors.Contains("has no key that tells its rows apart", StringComparison.Ordinal), "A kill left a transaction of a table without a key in doubt.");
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
        await using MySqlConnection look = await ConnectAsync(cluster);
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
