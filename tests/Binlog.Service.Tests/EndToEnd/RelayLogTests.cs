using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.MySql;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Commands.Inspect;
using Binlog.Service.Tests.Drainer.Applying;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>What the relay log is for: a target that is away while the load goes on, and Pumps that are gone for good.</summary>
[Collection(ProcessCluster.Collection)]
public sealed partial class RelayLogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private static ulong LastOfRecording => ProcessCluster.Recording.LastCommitTs;

    /// <summary><c>BINLOG_OUTAGE_ROUNDS</c> overrides how often.</summary>
    [Fact]
    public async Task Drainer_TargetAwayUnderLoad_DrainsThePumpsUpToTheLimitAndEverythingArrives()
    {
        Capability.RequireMariaDb();
        for (int round = 0; round < LongRun.Rounds("BINLOG_OUTAGE_ROUNDS", 1, 20); round++)
        {
            await OutageAsync();
        }
    }

    /// <summary>Ten minutes in the long form; <c>BINLOG_OUTAGE_SECONDS</c> overrides it. The target's server is away for all of that time.</summary>
    [Fact]
    public async Task Drainer_TargetAwayForAsLongAsTheLoadLasts_EveryTransferArrivesInOrder()
    {
        const int TransfersPerSecond = 1500;
        Capability.RequireMariaDb();
        int transfers = TransfersPerSecond * LongRun.Rounds("BINLOG_OUTAGE_SECONDS", 8, 600);
        using var directory = new TemporaryDirectory();
        var ledger = new BankLedger(accounts: 50, seed: 6);
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server)) { Source = BankRecording.Create(directory.Path, ledger, transfers) };
        cluster.Extra[ProcessCluster.Drainer] = ["--drainer:relay:segmentSize=1MiB", "--drainer:relay:maxSize=2MiB"];
        cluster.StartAll();
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, _ => true, Patience, cluster.Describe);
        server.Kill();

        using BinlogdProcess replay = cluster.Replay("--rate", TransfersPerSecond.ToString(CultureInfo.InvariantCulture), "--timeout", "20m");
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(TimeSpan.FromMinutes(20))).ExitCode);
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Contains("the relay log is full", StringComparison.Ordinal), Patience, cluster.Describe);
        await server.StartAgainAsync(Token);
        await cluster.WaitUntilAllIsWellAsync(TimeSpan.FromMinutes(10));

        await using MySqlConnection connection = await MySqlConnection.OpenAsync(new MySqlConnectionOptions { Host = server.Host, Port = server.Port, User = "root", Password = server.RootPassword }, Token);
        Assert.Equal(transfers, await ledger.LookAsync(connection));
    }

    [Fact]
    public async Task RelayApply_PumpsDeletedAfterKill_BringsMariaDbToTheLastDurableCommitTs()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--rate", "3000");
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);
        server.Kill();
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);

        await KillAndDeletePumpsAsync(cluster);
        await server.StartAgainAsync(Token);
        await ApplyAsync(cluster);
    }

    /// <summary>The target's file is gone too: the relay log still has its beginning.</summary>
    [Fact]
    public async Task RelayApply_PumpsAndTargetDeletedAfterKill_FillsSqliteFromTheRelayLogAlone()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay();
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);

        await KillAndDeletePumpsAsync(cluster);
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(cluster.Downstream.File!)!, Path.GetFileName(cluster.Downstream.File!) + "*"))
        {
            File.Delete(file);
        }

        await ApplyAsync(cluster);
    }

    private static async Task OutageAsync()
    {
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.Extra[ProcessCluster.Drainer] = ["--drainer:relay:segmentSize=1MiB", "--drainer:relay:maxSize=2MiB"];
        cluster.StartAll();

        // Before the load, so that all of it is more than the limit.
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, _ => true, Patience, cluster.Describe);
        server.Kill();
        using BinlogdProcess replay = cluster.Replay("--rate", "3000");
        DrainerStatus full = await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Contains("the relay log is full", StringComparison.Ordinal), Patience, cluster.Describe);
        Assert.Contains($"127.0.0.1:{server.Port}", full.ErrMsg, StringComparison.Ordinal);
        Assert.Contains("drainer.relay.maxSize", full.ErrMsg, StringComparison.Ordinal);
        Assert.All(full.PumpPositions, position => Assert.InRange(position.Value, full.LastTs + 1, ulong.MaxValue));
        List<(LogPosition Position, ulong Sequence, RecordTag Tag)> relay = InspectRun.Records(cluster.DataOf(ProcessCluster.Drainer) + "/relay");
        Assert.InRange(relay[^1].Tag.CommitTs, full.LastTs + 1, LastOfRecording - 1);
        Assert.False(cluster[ProcessCluster.Drainer].HasExited);

        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await server.StartAgainAsync(Token);
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    /// <summary>Waits until the relay log has the whole recording, kills every process, and takes the Pumps' data away.</summary>
    private static async Task KillAndDeletePumpsAsync(ProcessCluster cluster)
    {
        string relay = Path.Combine(cluster.DataOf(ProcessCluster.Drainer), "relay");
        await Eventually.HoldsAsync("the relay log has the whole recording", () => InspectRun.Records(relay) is [.., var last] && last.Tag.CommitTs >= LastOfRecording, Token);
        foreach (string name in cluster.Pumps.Append(ProcessCluster.Drainer))
        {
            cluster[name].Kill();
        }

        foreach (string pump in cluster.Pumps)
        {
            Directory.Delete(cluster.DataOf(pump), recursive: true);
        }
    }

    private static async Task ApplyAsync(ProcessCluster cluster)
    {
        ulong durable = InspectRun.Records(Path.Combine(cluster.DataOf(ProcessCluster.Drainer), "relay"))[^1].Tag.CommitTs;
        (int exitCode, string output, string error) = await BinlogdProcess.RunAsync(Patience, cluster.RelayApply());

        Assert.True(exitCode == ExitCode.Ok, output + error);
        Assert.Equal(durable.ToString(CultureInfo.InvariantCulture), LastDurable().Match(output).Groups[1].Value);
        await cluster.AssertEqualAsync();
    }

    [GeneratedRegex(@"The target is at commit TS ([0-9]+) \([^)]+\), the last durable one of the relay log in ")]
    private static partial Regex LastDurable();
}
