using Binlog.Cluster.Contracts.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Registry;

/// <summary>A node's entry as it stands in etcd.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Status">What the node, or who edited it, wrote; whether it is alive is not known from that.</param>
/// <param name="ModRevision">The store's revision of the newest write.</param>
internal sealed record EtcdNodeEntry(ByteString Key, NodeStatus Status, long ModRevision)
{
    /// <summary>Reads an entry.</summary>
    /// <exception cref="ClusterException">It is not what a node writes. It can't be passed over: a Pump whose entry isn't understood would be merged past.</exception>
    public static EtcdNodeEntry Of(KeyValue kv)
    {
        string key = kv.Key.ToStringUtf8();
        try
        {
            NodeStatus status = NodeStatus.Parse(kv.Value.Span);
            return new EtcdNodeEntry(kv.Key, status, kv.ModRevision);
        }
        catch (ClusterException exception)
        {
            throw new ClusterException($"The key {key} in etcd: {exception.Message} Mend it or, when there is no such node, remove it: etcdctl del {key}", exception);
        }
    }
}
