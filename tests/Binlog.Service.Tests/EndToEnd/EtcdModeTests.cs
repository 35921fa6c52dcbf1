using System.Globalization;
using System.Text.Json;
using Binlog.ClusterKit.Etcd;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>Three Pumps and a Drainer whose registry and timestamps are in a real etcd.</summary>
[Collection(ProcessCluster.Collection)]
public sealed class EtcdModeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicate_EtcdKilledAndRestarted_StatusTellsAndTargetIsEqual()
    {
        EtcdPrograms.Require();
        await using EtcdServer etcd = await EtcdServer.StartAsync(null, Cancelled);
        using var cluster = new ProcessCluster(ProcessCluster.File) { Membership = MembershipOf(etcd) };
        cluster.StartAll();
        int rate = ProcessCluster.Recording.CommittedTransactions / 20;
        using BinlogdProcess replay = cluster.Replay("--rate", rate.ToString(CultureInfo.InvariantCulture), "--timeout", "5m");
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);

        etcd.Kill();
        DrainerStatus held = await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Length > 0, Patience, cluster.Describe);
        await etcd.StartAgainAsync(Cancelled);

        Assert.Contains("registry", held.ErrMsg, StringComparison.Ordinal);
        (int exitCode, _) = await replay.WaitAsync(Patience);
        Assert.True(exitCode == 0, replay.Errors + cluster.Describe());
        await cluster.WaitUntilAllIsWellAsync(Patience);
        await cluster.AssertEqualAsync();
        await AssertRegisteredAsync(etcd, cluster);
    }

    /// <summary>A Pump that leaves is entered as offline where the original's tools look, and a Drainer goes on without it.</summary>
    [Fact]
    public async Task Leave_Pump_IsOfflineInEtcd()
    {
        EtcdPrograms.Require();
        await using EtcdServer etcd = await EtcdServer.StartAsync(null, Cancelled);
        using var cluster = new ProcessCluster(ProcessCluster.File) { Membership = MembershipOf(etcd) };
        cluster.StartAll();
        using BinlogdProcess replay = cluster.Replay("--timeout", "5m");
        Assert.Equal(0, (await replay.WaitAsync(Patience)).ExitCode);
        await cluster.WaitUntilAllIsWellAsync(Patience);

        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.PutAsync(new Uri($"http://{cluster.AddressOf("pump2")}/state/pump2/close"), null, Cancelled);
        (int exitCode, _) = await cluster["pump2"].WaitAsync(Patience);

        Assert.Equal(0, exitCode);
        Assert.Equal("offline", await StateOfAsync(etcd, "pumps", "pump2"));
        Assert.Equal("online", await StateOfAsync(etcd, "pumps", "pump3"));
    }

    private static string[] MembershipOf(EtcdServer etcd) =>
        ["--cluster:mode=etcd", $"--cluster:endpoints={etcd.Endpoint}", string.Create(CultureInfo.InvariantCulture, $"--cluster:id={ProcessCluster.Recording.ClusterId}")];

    private static async Task AssertRegisteredAsync(EtcdServer etcd, ProcessCluster cluster)
    {
        foreach (string pump in cluster.Pumps)
        {
            Assert.Equal("online", await StateOfAsync(etcd, "pumps", pump));
        }

        Assert.Equal("online", await StateOfAsync(etcd, "drainers", ProcessCluster.Drainer));
    }

    private static async Task<string?> StateOfAsync(EtcdServer etcd, string role, string nodeId)
    {
        string? entry = await etcd.Gateway.GetAsync($"/tidb-binlog/v1/{role}/{nodeId}", Cancelled);
        using JsonDocument json = JsonDocument.Parse(entry!);
        return json.RootElement.GetProperty("state").GetString();
    }
}
