using Binlog.Cluster.Contracts.Etcd;
using Binlog.Cluster.Etcd;

namespace Binlog.Cluster.Registry;

/// <summary>What etcd has of a role's nodes, at one moment or kept up to date by changes. For one thread at a time.</summary>
internal sealed class EtcdNodeTable
{
    /// <summary>Indexes of <see cref="EtcdNodeKeys.Ranges"/>.</summary>
    private const int Entries = 0;
    private const int Legacy = 1;
    private const int Alive = 2;

    private readonly NodeRole _role;
    private readonly EtcdOriginals _originals;
    private readonly string[] _prefixes;

    /// <summary>For each range its keys, by node ID.</summary>
    private readonly Dictionary<string, KeyValue>[] _ranges = [new(StringComparer.Ordinal), new(StringComparer.Ordinal), new(StringComparer.Ordinal)];

    /// <summary>Takes what was listed.</summary>
    /// <param name="role">The role.</param>
    /// <param name="listing">A listing of <see cref="EtcdNodeKeys.Ranges"/>.</param>
    /// <param name="originals">Judges nodes without leases.</param>
    public EtcdNodeTable(NodeRole role, EtcdListing listing, EtcdOriginals originals)
    {
        _role = role;
        _originals = originals;
        _prefixes = [EtcdNodeKeys.EntryPrefix(role), EtcdNodeKeys.LegacyPrefix(role), EtcdNodeKeys.AlivePrefix(role)];
        for (int range = 0; range < _ranges.Length; range++)
        {
            foreach (KeyValue kv in listing.Ranges[range])
            {
                Set(range, kv);
            }
        }
    }

    /// <summary>Takes changes.</summary>
    public void Apply(EtcdWatchBatch batch)
    {
        foreach (Event change in batch.Events)
        {
            if (change.Type == Event.Types.EventType.Delete)
            {
                _ranges[batch.Range].Remove(IdOf(batch.Range, change.Kv));
            }
            else
            {
                Set(batch.Range, change.Kv);
            }
        }
    }

    /// <summary>A node's entry, the newer form before the legacy one; null when there is none.</summary>
    public EtcdNodeEntry? Find(string nodeId) =>
        (_ranges[Entries].GetValueOrDefault(nodeId) ?? _ranges[Legacy].GetValueOrDefault(nodeId)) is { } kv ? EtcdNodeEntry.Of(kv) : null;

    /// <summary>All nodes, ordered by ID, with <see cref="NodeStatus.IsAlive"/> as of the listing.</summary>
    /// <param name="read">Timestamp of the beginning of the call that read them.</param>
    /// <exception cref="ClusterException">An entry can't be read.</exception>
    public IReadOnlyList<NodeStatus> Judge(long read) =>
        [.. _ranges[Entries].Keys.Union(_ranges[Legacy].Keys).Order(StringComparer.Ordinal).Select(nodeId => Judge(nodeId, Find(nodeId)!, read))];

    /// <summary>A node's status, with <see cref="NodeStatus.IsAlive"/>.</summary>
    public NodeStatus Judge(string nodeId, EtcdNodeEntry entry, long read)
    {
        NodeStatus written = entry.Status;
        bool isAlive = (written.State.IsRunning() || written is { State: NodeState.Paused, IsAlive: true })
            && (_ranges[Alive].ContainsKey(nodeId) || (IsOfOriginal(written) && _originals.MayLive(_role, nodeId, entry.ModRevision, read)));
        return written with { NodeId = nodeId, IsAlive = isAlive };
    }

    /// <summary>The original never says that it is alive; ours always does while it runs.</summary>
    private static bool IsOfOriginal(NodeStatus written) => !written.IsAlive;

    private void Set(int range, KeyValue kv)
    {
        string nodeId = IdOf(range, kv);

        // A legacy key ends with the ID; what lies deeper is no entry.
        if (range != Legacy || !nodeId.Contains('/', StringComparison.Ordinal))
        {
            _ranges[range][nodeId] = kv;
        }
    }

    private string IdOf(int range, KeyValue kv) => kv.Key.ToStringUtf8()[_prefixes[range].Length..];
}
