using Binlog.Cluster;
using Binlog.Cluster.Connecting;
using Binlog.Cluster.Etcd;
using Binlog.Cluster.Pd;
using Binlog.Cluster.Registry;
using Binlog.Cluster.TiKv;
using Binlog.Service.Configuration;

namespace Binlog.Service.Membership;

/// <summary>The way to a TiDB cluster: registry in PD's etcd, timestamps of PD, and TiKV for what only the upstream's storage knows.</summary>
internal static class PdAccess
{
    /// <summary>How long a start waits for a PD that can't be reached, because it may be starting too.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Connects, and asks PD for the cluster's ID: a node must not enter itself into the registry of another cluster.</summary>
    /// <exception cref="ClusterException">PD can't be reached for 60 s, or is of another cluster.</exception>
    public static async Task<ClusterAccess> OpenAsync(HostOptions host, TimeProvider time, CancellationToken cancellationToken)
    {
        EtcdClient etcd = EtcdAccess.Connect(host, time);
        var channels = new ServerChannels(host.Security.Client, time) { AllowsCleartext = host.Security.AllowsPlainText };
        var pd = new PdClient(new PdClientOptions { Endpoints = host.Cluster.Endpoints, Tls = host.Security.Client, Time = time, ExpectedClusterId = host.Cluster.Id, AllowsCleartext = host.Security.AllowsPlainText });
        try
        {
            ulong clusterId = await FindClusterIdAsync(pd, time, cancellationToken);
            return new ClusterAccess(new EtcdNodeRegistry(etcd, time), pd.Tso, clusterId, etcd, pd, channels)
            {
                Upstream = new UpstreamStorage(pd, new TiKvClient(pd, pd.Tso, channels, time)),
            };
        }
        catch
        {
            await pd.DisposeAsync();
            await etcd.DisposeAsync();
            channels.Dispose();
            throw;
        }
    }

    private static async Task<ulong> FindClusterIdAsync(PdClient pd, TimeProvider time, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await pd.GetClusterIdAsync(cancellationToken);
            }
            catch (ClusterException exception) when (exception.IsTransient && time.GetElapsedTime(started) < StartTimeout)
            {
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }
}
