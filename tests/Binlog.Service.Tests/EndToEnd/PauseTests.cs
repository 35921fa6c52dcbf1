using System.Text.Json;
using System.Text.RegularExpressions;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Capabilities;
using Binlog.TestKit.MariaDb;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>A Drainer that is paused, tuned and resumed under load, as docs/operations/pause-and-tune.md says.</summary>
[Collection(ProcessCluster.Collection)]
public sealed partial class PauseTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PauseTuneResume_UnderLoad_TargetStandsStillAndIsEqualInTheEnd()
    {
        Capability.RequireMariaDb();
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        using var cluster = new ProcessCluster(_ => ProcessCluster.Server(server));
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--rate", "600", "--timeout", "5m");
        await WaitForAsync(cluster, status => status.LastTs > 0);
        (string Line, string[] Output)[] examples = await ExamplesAsync();

        Assert.Matches("Drainer drainer is paused. The target has everything up to commit TS [0-9]+, and nothing is applied until: ", await RunAsync(cluster, examples[0].Line));
        DrainerStatus still = (await DrainerStatus.TryReadAsync(cluster.DrainerPort))!;
        await WaitForAsync(cluster, status => status.PumpPositions.Values.Min() > still.PumpPositions.Values.Max());
        Assert.Equal(still.LastTs, (await DrainerStatus.TryReadAsync(cluster.DrainerPort))!.LastTs);
        Assert.Equal("paused", await KindAsync(cluster));
        await ExpectStateAsync(cluster, NodeState.Paused, isAlive: true);

        string settings = await RunAsync(cluster, examples[1].Line);
        Assert.Equal(string.Join('\n', examples[1].Output), settings.TrimEnd().ReplaceLineEndings("\n"));
        Assert.Equal("Drainer drainer goes on.", (await RunAsync(cluster, examples[2].Line)).TrimEnd());
        await WaitForAsync(cluster, status => status.LastTs > still.LastTs);
        foreach (string workers in (string[])["1", "8", "2", "16"])
        {
            DrainerStatus before = (await DrainerStatus.TryReadAsync(cluster.DrainerPort))!;
            await RunAsync(cluster, $"binlogd drainer set --workers {workers} --batch-transactions 3 --drainer 127.0.0.1:8249");
            await WaitForAsync(cluster, status => status.LastTs > before.LastTs || status.LastTs >= ProcessCluster.Recording.LastCommitTs);
        }

        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Pause_ThenTheProcessEnds_IsPausedInTheRegistryAndOnlineAfterAStart()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File, pumps: 1);
        cluster.StartAll();
        await ExpectStateAsync(cluster, NodeState.Online, isAlive: true);
        await RunAsync(cluster, "binlogd drainer pause --drainer 127.0.0.1:8249");

        await cluster[ProcessCluster.Drainer].SignalAsync("TERM");
        Assert.Equal(ExitCode.Ok, (await cluster[ProcessCluster.Drainer].WaitAsync(Patience)).ExitCode);
        await ExpectStateAsync(cluster, NodeState.Paused, isAlive: false);

        cluster.Start(ProcessCluster.Drainer);
        await ExpectStateAsync(cluster, NodeState.Online, isAlive: true);
        using JsonDocument status = await HostRoles.GetAsync(cluster.AddressOf(ProcessCluster.Drainer), "/status");
        Assert.False(status.RootElement.TryGetProperty("Paused", out _));
    }

    /// <summary>It pulls and merges, so it must know of a Pump before that takes its first binlog.</summary>
    [Fact]
    public async Task Pause_PumpStartsMeanwhile_TellsThePausedDrainer()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File, pumps: 2);
        cluster.Start("pump1");
        cluster.Start(ProcessCluster.Drainer);
        await ExpectStateAsync(cluster, NodeState.Online, isAlive: true);
        await RunAsync(cluster, "binlogd drainer pause --drainer 127.0.0.1:8249");

        cluster.Start("pump2");
        using BinlogdProcess replay = cluster.Replay("--timeout", "5m");
        Assert.Equal(ExitCode.Ok, (await replay.WaitAsync(Patience)).ExitCode);
        await WaitForAsync(cluster, status => status.PumpPositions.Count == 2 && status.PumpPositions.Values.Min() >= ProcessCluster.Recording.LastCommitTs);
        Assert.Equal(0UL, (await DrainerStatus.TryReadAsync(cluster.DrainerPort))!.LastTs);
        await RunAsync(cluster, "binlogd drainer resume --drainer 127.0.0.1:8249");

        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    private static async Task<string> KindAsync(ProcessCluster cluster)
    {
        using JsonDocument lag = await HostRoles.GetAsync(cluster.AddressOf(ProcessCluster.Drainer), "/lag");
        return lag.RootElement.GetProperty("reasons")[0].GetProperty("kind").GetString()!;
    }

    private static Task ExpectStateAsync(ProcessCluster cluster, NodeState state, bool isAlive) => Eventually.HoldsAsync(
        $"pump1 sees the Drainer as {state}, alive: {isAlive}",
        async () =>
        {
            try
            {
                using JsonDocument drainers = await HostRoles.GetAsync(cluster.AddressOf("pump1"), "/drainers");
                return drainers.RootElement.EnumerateArray().Any(drainer => drainer.GetProperty("state").GetString() == state.ToName() && drainer.GetProperty("isAlive").GetBoolean() == isAlive);
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        Cancelled);

    private static async Task<string> RunAsync(ProcessCluster cluster, string line)
    {
        string[] arguments = line.Replace("127.0.0.1:8249", cluster.AddressOf(ProcessCluster.Drainer), StringComparison.Ordinal).Split(' ')[1..];
        using BinlogdProcess verb = BinlogdProcess.Start(arguments);
        (int exitCode, string output) = await verb.WaitAsync(Patience);
        Assert.True(exitCode == ExitCode.Ok, $"{line}: {verb.Errors}{cluster.Describe()}");
        return output;
    }

    private static Task<DrainerStatus> WaitForAsync(ProcessCluster cluster, Func<DrainerStatus, bool> isWanted) =>
        DrainerStatus.WaitForAsync(cluster.DrainerPort, isWanted, Patience, cluster.Describe);

    /// <summary>The command lines of the page with what they print.</summary>
    private static async Task<(string Line, string[] Output)[]> ExamplesAsync()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "operations", "pause-and-tune.md"), Cancelled);
        return [.. ConsoleBlock().Matches(page).Select(match => match.Groups["text"].Value.TrimEnd().Split('\n')).Select(lines => (lines[0], lines[1..]))];
    }

    [GeneratedRegex("```console\n\\$ (?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ConsoleBlock();
}
