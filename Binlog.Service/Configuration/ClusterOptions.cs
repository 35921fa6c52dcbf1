namespace Binlog.Service.Configuration;

/// <summary>The cluster that this host belongs to.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Where registry and timestamps live.</summary>
    public ClusterMode Mode { get; init; }

    /// <summary>Cluster ID that every WriteBinlog request must carry; at least 1.</summary>
    public ulong Id { get; init; } = 1;

    /// <summary>Address of any host of the cluster to join; null when this host keeps the registry itself.</summary>
    public HostPort? Join { get; init; }
}
