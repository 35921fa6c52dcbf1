namespace Binlog.Service.Configuration;

/// <summary>The cluster that this host belongs to.</summary>
internal sealed record ClusterOptions
{
    /// <summary>Where registry and timestamps live.</summary>
    public ClusterMode Mode { get; init; }

    /// <summary>Cluster ID that every WriteBinlog request must carry, at least 1; null when PD says it.</summary>
    public ulong? Id { get; init; } = 1;

    /// <summary>Address of any host of the cluster to join; null when this host keeps the registry itself. Mode embedded.</summary>
    public HostPort? Join { get; init; }

    /// <summary>Client addresses of etcd's or PD's members, with or without a scheme. Modes etcd and pd.</summary>
    public IReadOnlyList<string> Endpoints { get; init; } = [];

    /// <summary>User of etcd; null logs in as none.</summary>
    public string? User { get; init; }

    /// <summary>Password of <see cref="User"/>.</summary>
    public Secret Password { get; init; } = new("");
}
