namespace Binlog.Service.Configuration;

/// <summary>Where the cluster keeps its registry and takes its timestamps from.</summary>
internal enum ClusterMode
{
    /// <summary>In the SQLite file of one of the hosts.</summary>
    Embedded,

    /// <summary>Registry in an existing etcd.</summary>
    Etcd,

    /// <summary>Registry and timestamps in the PD of a TiDB cluster.</summary>
    Pd,
}
