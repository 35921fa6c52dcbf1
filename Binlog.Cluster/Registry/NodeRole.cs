namespace Binlog.Cluster.Registry;

/// <summary>What a node of the cluster does. A process that does both is two nodes.</summary>
public enum NodeRole
{
    /// <summary>Takes binlogs from TiDB and keeps them.</summary>
    Pump,

    /// <summary>Merges the binlogs of all Pumps and applies them to a target.</summary>
    Drainer,
}
