using System.Text.Json;
using Binlog.Service.Hosting;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Two Drainers of one target, as processes, set up as docs/operations/standby.md says.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class StandbyTests(ITestOutputHelper output)
{
    private const string First = ProcessCluster.Drainer;
    private const string Second = ProcessCluster.SecondDrainer;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The active one is killed, so is its successor, and each of them comes back as the other's standby.</summary>
    [Fact]
    public async Task Standby_ActiveIsKilled_TakesOverAndNothingIsTwiceOrLeftOut()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using ProcessCluster cluster = await StartAsync(server);
        using BinlogdProcess replay = cluster.Replay("--rate", "500", "--timeout", "5m");
        await WaitForAsync(cluster, First, status => status.LastTs > 0);
        DrainerStatus waiting = await WaitForAsync(cluster, Second, status => status.StandbyOf is { Length: > 0 } && status.LastTs > 0);
        Assert.Equal($"Drainer {First} at {cluster.AddressOf(First)}", waiting.StandbyOf);
        Assert.Equal("", waiting.ErrMsg);

        long killed = TimeProvider.System.GetTimestamp();
        cluster[First].Kill();
        DrainerStatus took = await WaitForAsync(cluster, Second, status => status.StandbyOf is null && status.LastTs > 0);
        output.WriteLine($"Taken over from one that was killed after {TimeProvider.System.GetElapsedTime(killed)}.");
        cluster.Start(First);
        await WaitForAsync(cluster, First, status => status.StandbyOf == $"Drainer {Second} at {cluster.AddressOf(Second)}");
        await WaitForAsync(cluster, Second, status => status.LastTs > took.LastTs);
        cluster[Second].Kill();

        await WaitForAsync(cluster, First, status => status.StandbyOf is null && status.LastTs > took.LastTs);
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await cluster.WaitForAllAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Standby_ActiveHangs_TakesOverAndTheOldOneIsFencedWhenItGoesOn()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using ProcessCluster cluster = await StartAsync(server);
        using BinlogdProcess replay = cluster.Replay("--rate", "300", "--timeout", "5m");
        await WaitForAsync(cluster, First, status => status.LastTs > 0);
        await WaitForAsync(cluster, Second, status => status.StandbyOf is { Length: > 0 });

        long stopped = TimeProvider.System.GetTimestamp();
        await cluster[First].SignalAsync("STOP");
        DrainerStatus took = await WaitForAsync(cluster, Second, status => status.StandbyOf is null && status.LastTs > 0);
        output.WriteLine($"Taken over from one that hangs after {TimeProvider.System.GetElapsedTime(stopped)}.");
        await WaitForAsync(cluster, Second, status => status.LastTs > took.LastTs);
        await cluster[First].SignalAsync("CONT");

        (int exitCode, _) = await cluster[First].WaitAsync(Patience);
        Assert.True(exitCode == ExitCode.Failed, cluster.Describe());
        Assert.Contains($"fenced by Drainer {Second} at {cluster.AddressOf(Second)}", Assert.Single(cluster[First].FatalLines), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await WaitForAsync(cluster, Second, status => status.LastTs >= ProcessCluster.Recording.LastCommitTs);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Start_AnotherDrainerIsActive_EndsAndNamesIt()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using ProcessCluster cluster = await StartAsync(server);
        await WaitForAsync(cluster, First, status => status.StandbyOf is null);
        cluster[Second].Kill();
        cluster.Extra[Second] = ["--drainer:standby=false"];

        (int exitCode, _) = await cluster.Start(Second).WaitAsync(Patience);

        Assert.NotEqual(ExitCode.Ok, exitCode);
        Assert.Contains($"Drainer {First} at {cluster.AddressOf(First)} is alive and replicates cluster", Assert.Single(cluster[Second].FatalLines), StringComparison.Ordinal);
        Assert.False(cluster[First].HasExited);
    }

    [Fact]
    public async Task Standby_OfASqliteFile_WaitsForItsLock()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File, pumps: 1, twoDrainers: true);
        SetUp(cluster);
        cluster.Start(cluster.Pumps[0]);
        cluster.Start(First);
        await WaitForAsync(cluster, First, status => status.StandbyOf is null);
        cluster.Start(Second);
        DrainerStatus waiting = await WaitForAsync(cluster, Second, status => status.StandbyOf is { Length: > 0 });
        Assert.StartsWith($"Drainer {First} at {cluster.AddressOf(First)}", waiting.StandbyOf, StringComparison.Ordinal);
        using BinlogdProcess replay = cluster.Replay("--rate", "2000", "--timeout", "5m");
        await WaitForAsync(cluster, First, status => status.LastTs > 0);

        cluster[First].Kill();

        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await WaitForAsync(cluster, Second, status => status.StandbyOf is null && status.LastTs >= ProcessCluster.Recording.LastCommitTs);
        await cluster.AssertEqualAsync();
    }

    /// <summary>The example of the page: both Drainers have the same section, and the one that comes first is the active one.</summary>
    private static void SetUp(ProcessCluster cluster)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "standby.md"));
        string example = page.Split("```json")[1].Split("```")[0];
        using JsonDocument json = JsonDocument.Parse(example);
        string standby = json.RootElement.GetProperty("drainer").GetProperty("standby").GetRawText();
        cluster.Extra[First] = cluster.Extra[Second] = [$"--drainer:standby={standby}"];
    }

    private static async Task<ProcessCluster> StartAsync(MariaDbServer server)
    {
        var cluster = new ProcessCluster(_ => ProcessCluster.Server(server), twoDrainers: true);
        SetUp(cluster);
        foreach (string name in cluster.Pumps.Append(First))
        {
            cluster.Start(name);
        }

        await WaitForAsync(cluster, First, status => status.StandbyOf is null);
        cluster.Start(Second);
        await WaitForAsync(cluster, Second, status => status.StandbyOf is { Length: > 0 });
        return cluster;
    }

    private static Task<DrainerStatus> WaitForAsync(ProcessCluster cluster, string name, Func<DrainerStatus, bool> isWanted) =>
        DrainerStatus.WaitForAsync(cluster.PortOf(name), isWanted, Patience, cluster.Describe);
}
