using Binlog.Cluster;
using Binlog.Cluster.Etcd;
using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;

namespace Binlog.Service.Membership;

/// <summary>The way to a cluster whose registry and timestamps are in an etcd.</summary>
internal static class EtcdAccess
{
    /// <summary>Prepares it; nothing is connected yet.</summary>
    /// <exception cref="ClusterException">An endpoint can't be read.</exception>
    public static ClusterAccess Open(HostOptions host, TimeProvider time)
    {
        EtcdClient client = Connect(host, time);
        return new ClusterAccess(new EtcdNodeRegistry(client, time), new EtcdTso(client, time), host.Cluster.Id!.Value, client);
    }

    /// <summary>A client of the etcd at the configured endpoints, which may be the one in PD.</summary>
    /// <exception cref="ClusterException">An endpoint can't be read.</exception>
    public static EtcdClient Connect(HostOptions host, TimeProvider time) => new(new EtcdClientOptions
    {
        Endpoints = host.Cluster.Endpoints,
        User = host.Cluster.User,
        Password = host.Cluster.Password.Reveal(),
        Tls = host.Security.Client,
        Time = time,
        AllowsCleartext = host.Security.AllowsPlainText,
    });
}
