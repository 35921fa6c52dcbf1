using Binlog.Cluster.Etcd;
using Binlog.Cluster.Pd;
using Binlog.Cluster.Pumps;
using Binlog.Cluster.Registry;
using Binlog.ClusterKit.Etcd;
using Binlog.ClusterKit.TiDb;
using Binlog.TiDB.Keys;

namespace Binlog.Service.Tests.EndToEnd;

/// <summary>
/// Three Pumps and a Drainer inside a TiDB cluster: registry and timestamps in PD, the DDL history in TiKV as a real cluster had it. The doubles speak the real
/// protocols over sockets; the etcd in PD is a real one. A Pump Client that finds the Pumps there writes what was recorded, with timestamps of PD.
/// </summary>
[Collection(ProcessCluster.Collection)]
public sealed class PdModeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string KeysFile => Path.Combine(ProcessCluster.Recording.Directory, "tikv_meta_kvs.jsonl.gz");

    [Fact]
    public async Task Replicate_EverythingOfTheClusterFailsForAWhile_TargetIsEqual()
    {
        EtcdPrograms.Require();
        await using TiDbClusterDouble tidb = await StartAsync();
        await RecordedKeys.LoadAsync(tidb.TiKv.Data, KeysFile, Cancelled);
        using ProcessCluster cluster = Processes(tidb);
        Task<ulong> writing = WriteAsync(tidb, TimeSpan.FromMilliseconds(100));
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs > 0, Patience, cluster.Describe);

        tidb.Pd.MoveLeader(1, closesStreams: true);
        tidb.TiKv.Split(MetaKey.ForDdlJob(200));
        tidb.TiKv.Regions.MoveLeader(tidb.TiKv.RegionOf(MetaKey.ForDdlJob(300)), tidb.TiKv.Regions.Stores[1].Id);
        tidb.TiKv.BeforeAnswer = (_, token) => Task.Delay(300, token);
        await tidb.Etcd.RestartAsync(Cancelled);
        await tidb.Pd.Members[2].StopAsync();

        await WaitForAsync(cluster, await writing);
        await cluster.AssertEqualAsync();
    }

    /// <summary>TiKV is away while a table is made that the Drainer has not heard of: it says what it waits for, and goes on.</summary>
    [Fact]
    public async Task Replicate_TiKvAway_StatusTellsAndNothingIsLost()
    {
        EtcdPrograms.Require();
        await using TiDbClusterDouble tidb = await StartAsync();
        await RecordedKeys.LoadAsync(tidb.TiKv.Data, KeysFile, Cancelled, mayLoad: key => !key.IsDdlHistoryJob || key.JobId < 100);
        using ProcessCluster cluster = Processes(tidb);
        await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Length == 0, Patience, cluster.Describe);
        ulong[] stores = [.. tidb.TiKv.Regions.Stores.Select(store => store.Id)];
        foreach (ulong store in stores)
        {
            await tidb.TiKv.KillAsync(store);
        }

        Task<ulong> writing = WriteAsync(tidb, TimeSpan.Zero);
        DrainerStatus waiting = await DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.ErrMsg.Contains("schema history", StringComparison.Ordinal), Patience, cluster.Describe);
        await RecordedKeys.LoadAsync(tidb.TiKv.Data, KeysFile, Cancelled, mayLoad: key => key.IsDdlHistoryJob && key.JobId >= 100);
        foreach (ulong store in stores)
        {
            await tidb.TiKv.RestartAsync(store);
        }

        Assert.Contains("TiKV", waiting.ErrMsg, StringComparison.Ordinal);
        await WaitForAsync(cluster, await writing);
        await cluster.AssertEqualAsync();
    }

    /// <summary>The whole cluster burns: what the relay log has can be applied all the same, with the DDL history that is stored beside it.</summary>
    [Fact]
    public async Task RelayApply_ClusterGone_AppliesWhatTheRelayLogHas()
    {
        EtcdPrograms.Require();
        await using TiDbClusterDouble tidb = await StartAsync();
        await RecordedKeys.LoadAsync(tidb.TiKv.Data, KeysFile, Cancelled);
        using ProcessCluster cluster = Processes(tidb);
        await WaitForAsync(cluster, await WriteAsync(tidb, TimeSpan.Zero));
        foreach (string node in (IEnumerable<string>)[.. cluster.Pumps, ProcessCluster.Drainer])
        {
            cluster[node].Kill();
        }

        await tidb.DisposeAsync();
        File.Delete(cluster.Downstream.File!);

        (int exitCode, string output, string error) = await BinlogdProcess.RunAsync(Patience, cluster.RelayApply());

        Assert.True(exitCode == 0, output + error);
        await cluster.AssertEqualAsync();
    }

    private static Task<TiDbClusterDouble> StartAsync() => TiDbClusterDouble.StartAsync(ProcessCluster.Recording.ClusterId, Cancelled);

    private static ProcessCluster Processes(TiDbClusterDouble tidb)
    {
        var cluster = new ProcessCluster(ProcessCluster.File) { Membership = tidb.Membership, History = [] };
        cluster.StartAll();
        return cluster;
    }

    private static async Task<ulong> WriteAsync(TiDbClusterDouble tidb, TimeSpan pause)
    {
        await using var pd = new PdClient(new PdClientOptions { Endpoints = tidb.Pd.Endpoints });
        await using var etcd = new EtcdClient(new EtcdClientOptions { Endpoints = tidb.Pd.Endpoints });
        PumpSource pumps = PumpSource.Registry(new EtcdNodeRegistry(etcd, TimeProvider.System));
        var options = new PumpClientOptions { DiscoveryTimeout = Patience, WriteTimeout = Patience };
        await using PumpClient client = await PumpClient.OpenAsync(await pd.GetClusterIdAsync(Cancelled), pumps, options, TimeProvider.System, Cancelled);
        return await LiveReplay.RunAsync(ProcessCluster.Recording, client, pd.Tso, pause, Cancelled);
    }

    private static Task<DrainerStatus> WaitForAsync(ProcessCluster cluster, ulong lastCommitTs) =>
        DrainerStatus.WaitForAsync(cluster.DrainerPort, status => status.LastTs >= lastCommitTs && status.ErrMsg.Length == 0, Patience, cluster.Describe);
}
