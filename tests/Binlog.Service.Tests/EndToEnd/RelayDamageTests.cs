using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Commands.Inspect;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Damage in the part of the relay log that the target lacks: fetched again from the Pumps, or refused, but never passed over.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class RelayDamageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Drainer_RelayLogDamagedAboveTheCheckpoint_FetchesItFromThePumpsAgain(bool isRepaired)
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        string relay = await FillRelayAsync(cluster, server);
        Damage(relay);
        if (isRepaired)
        {
            cluster[ProcessCluster.Drainer].Kill();
            Assert.Equal(ExitCode.Ok, (await InspectRun.RunAsync("repair", relay, "--force")).ExitCode);
        }

        await server.StartAgainAsync(Token);
        if (isRepaired)
        {
            cluster.Start(ProcessCluster.Drainer);
        }

        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
        Assert.False(cluster[ProcessCluster.Drainer].HasExited);
        string aside = Assert.Single(Directory.GetDirectories(cluster.DataOf(ProcessCluster.Drainer), "relay-damaged-*"));
        Assert.Contains("The relay log is damaged between commit TS", cluster[ProcessCluster.Drainer].Errors, StringComparison.Ordinal);
        Assert.Contains(aside, cluster[ProcessCluster.Drainer].Errors, StringComparison.Ordinal);
        await Eventually.HoldsAsync(
            "it says that everything was fetched", () => cluster[ProcessCluster.Drainer].Errors.Contains($"{aside} is no longer needed", StringComparison.Ordinal), Token);
    }

    /// <summary>The Pump's disk was replaced: it accepts a pull from any commit TS, because it knows of nothing that it ever had.</summary>
    [Fact]
    public async Task Drainer_RelayLogDamagedAndAPumpHasForgotten_EndsAndNamesWhatIsMissing()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        string relay = await FillRelayAsync(cluster, server);
        cluster["pump2"].Kill();
        Directory.Delete(cluster.DataOf("pump2"), recursive: true);
        cluster.Start("pump2");
        Damage(relay);
        await server.StartAgainAsync(Token);

        (int exitCode, _) = await cluster[ProcessCluster.Drainer].WaitAsync(Patience);

        Assert.Equal(ExitCode.Failed, exitCode);
        string line = Assert.Single(cluster[ProcessCluster.Drainer].FatalLines);
        string aside = Assert.Single(Directory.GetDirectories(cluster.DataOf(ProcessCluster.Drainer), "relay-damaged-*"));
        Assert.Matches($"The transaction of commit TS [0-9]+ is in the damaged relay log in {aside}, and no Pump has it any more", line);
        (int applied, string output, string error) = await BinlogdProcess.RunAsync(Patience, cluster.RelayApply());
        Assert.Equal((ExitCode.Failed, ""), (applied, output));
        Assert.Contains("took the place of a damaged one", error, StringComparison.Ordinal);
    }

    /// <summary>Stops the target early, and lets the relay log get the whole recording in several segments.</summary>
    private static async Task<string> FillRelayAsync(ProcessCluster cluster, MariaDbServer server)
    {
        string relay = Path.Combine(cluster.DataOf(ProcessCluster.Drainer), "relay");
        cluster.Extra[ProcessCluster.Drainer] = ["--drainer:relay:segmentSize=1MiB"];
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--rate", "1500");
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);
        server.Kill();
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await Eventually.HoldsAsync(
            "the relay log has the whole recording", () => InspectRun.Records(relay) is [.., var last] && last.Tag.CommitTs >= ProcessCluster.Recording.LastCommitTs, Token);
        return relay;
    }

    /// <summary>Damages the last record but a few of the last segment but one: far above what the target got.</summary>
    private static void Damage(string relay)
    {
        List<(LogPosition Position, ulong Sequence, RecordTag Tag)> records = InspectRun.Records(relay);
        ulong last = records[^1].Position.Segment;
        Assert.InRange(last, 2UL, 20UL);
        InspectRun.Damage(relay, records.FindAll(record => record.Position.Segment == last - 1)[^5].Position);
    }
}
