using Binlog.Cluster.Etcd;
using Google.Protobuf;

namespace Binlog.Cluster.Registry;

/// <summary>Where nodes are in etcd. The entries are where the original has them; what is only ours is under a prefix that none of its listings and watches covers.</summary>
internal static class EtcdNodeKeys
{
    /// <summary>Entries of a role, as the original writes and lists them.</summary>
    public static string EntryPrefix(NodeRole role) => $"/tidb-binlog/v1/{NameOf(role)}/";

    /// <summary>Entries of versions before the original's registry had a version. They count where there is no newer one.</summary>
    public static string LegacyPrefix(NodeRole role) => $"/tidb-binlog/{NameOf(role)}/";

    /// <summary>Keys that are bound to leases: a node's key is there as long as it is heard.</summary>
    public static string AlivePrefix(NodeRole role) => $"/binlogd/v1/alive/{NameOf(role)}/";

    /// <summary>All ranges that together say everything of a role's nodes: entries, legacy entries, alive.</summary>
    public static IReadOnlyList<EtcdRange> Ranges(NodeRole role) =>
        [EtcdRange.OfPrefix(EntryPrefix(role)), EtcdRange.OfPrefix(LegacyPrefix(role)), EtcdRange.OfPrefix(AlivePrefix(role))];

    /// <summary>A node's entry.</summary>
    public static ByteString Entry(NodeRole role, string nodeId) => ByteString.CopyFromUtf8(EntryPrefix(role) + nodeId);

    /// <summary>A node's entry of an old version.</summary>
    public static ByteString Legacy(NodeRole role, string nodeId) => ByteString.CopyFromUtf8(LegacyPrefix(role) + nodeId);

    /// <summary>A node's key that lasts as long as its lease.</summary>
    public static ByteString Alive(NodeRole role, string nodeId) => ByteString.CopyFromUtf8(AlivePrefix(role) + nodeId);

    /// <summary>Refuses a name that could not be found again under its key.</summary>
    /// <exception cref="ClusterException">It is empty, or has a slash, or spaces around it.</exception>
    public static void Check(NodeRole role, string nodeId)
    {
        if (nodeId.Length == 0 || nodeId.Contains('/', StringComparison.Ordinal) || nodeId is "." or ".." || nodeId.Trim().Length != nodeId.Length)
        {
            throw new ClusterException($"The {role}'s node ID is \"{nodeId}\"; in etcd it is part of a key, so it may not be empty, have a slash or spaces around it. Configure another nodeId.");
        }
    }

    private static string NameOf(NodeRole role) => role == NodeRole.Pump ? "pumps" : "drainers";
}
