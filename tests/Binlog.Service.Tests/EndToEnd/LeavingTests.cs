using System.Text.Json;
using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Recordings;
using Binlog.Service.Tests.Hosting;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Pumps that leave, pause and die under load, as processes of their own.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class LeavingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Close_UnderLoad_WritersGoOnAndNothingIsLost()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.StartAll();

        // As TiDB writes: round robin, and on to the next Pump at once. The verb replay waits for each Pump instead.
        var progress = new ReplayProgress();
        PumpClient client = await PumpClient.OpenAsync(
            ProcessCluster.Recording.ClusterId, PumpSource.Addresses(cluster.PumpAddresses.Split(',')), new PumpClientOptions { PrewriteRetryDelay = TimeSpan.FromMilliseconds(20) }, TimeProvider.System, Cancelled);
        Task replaying;
        await using (client)
        {
            replaying = new Replayer(client, mayBeRepeated: false, TimeProvider.System).RunAsync(
                ProcessCluster.Recording, ProcessCluster.Recording.CommittedTransactions / 25, progress, Cancelled);
            await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);

            Assert.Equal(("apply action close success!", 200), await HostRoles.PutAsync(cluster.AddressOf("pump2"), "/state/pump2/close"));

            (int exitCode, _) = await cluster["pump2"].WaitAsync(Patience);
            Assert.True(exitCode == ExitCode.Ok, cluster.Describe());
            Assert.Contains("can go: everything up to commit TS", cluster["pump2"].Errors, StringComparison.Ordinal);
            Assert.Contains("Pump pump2 has ended as asked and is offline now", cluster["pump2"].Errors, StringComparison.Ordinal);
            Assert.Contains("the process ends with exit code 0", cluster["pump2"].Errors, StringComparison.Ordinal);
            Assert.True(progress.Committed < ProcessCluster.Recording.CommittedTransactions, "the replay was over before the Pump had left: the test must be slower");
            await cluster.WaitUntilAllIsWellAsync(Patience);
            await Eventually.HoldsAsync("every commit is acknowledged", () => progress.Committed == ProcessCluster.Recording.CommittedTransactions, Cancelled);
            await cluster.AssertEqualAsync();
        }

        // It was left with telling the Pump that is gone what became of the prewrites that this one did not answer.
        await replaying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task Pause_UnderLoadAndBack_NothingIsLost()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--rate", "500", "--timeout", "2m");
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);

        Assert.Equal(("apply action pause success!", 200), await HostRoles.PutAsync(cluster.AddressOf("pump3"), "/state/pump3/pause"));

        Assert.Equal(ExitCode.Ok, (await cluster["pump3"].WaitAsync(Patience)).ExitCode);
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Contains("it is paused", StringComparison.Ordinal), Patience, cluster.Describe);
        cluster.Start("pump3");
        Assert.True((await replay.WaitAsync(Patience)).ExitCode == ExitCode.Ok, replay.Errors + cluster.Describe());
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
    }

    [Fact]
    public async Task Kill_Pump_PeersSeeItDeadAndOnlineAndAliveAgainLater()
    {
        using var cluster = new ProcessCluster(ProcessCluster.File);
        cluster.Start("pump1");
        cluster.Start("pump2");
        await WaitForAsync(cluster, NodeState.Online, isAlive: true);

        cluster["pump2"].Kill();

        await WaitForAsync(cluster, NodeState.Online, isAlive: false);
        cluster.Start("pump2");
        await WaitForAsync(cluster, NodeState.Online, isAlive: true);
    }

    private static Task WaitForAsync(ProcessCluster cluster, NodeState state, bool isAlive) => Eventually.HoldsAsync(
        $"pump1 sees pump2 as {state}, alive: {isAlive}",
        async () =>
        {
            try
            {
                using JsonDocument status = await HostRoles.GetAsync(cluster.AddressOf("pump1"), "/status");
                return status.RootElement.GetProperty("status").TryGetProperty("pump2", out JsonElement pump)
                    && pump.GetProperty("state").GetString() == state.ToName()
                    && pump.GetProperty("isAlive").GetBoolean() == isAlive;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        Cancelled);
}
