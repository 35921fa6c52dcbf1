namespace Binlog.Service.Configuration;

/// <summary>Everything that configures one <c>binlogd</c>; complete and valid once the loader returned it.</summary>
internal sealed record HostOptions
{
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Name of this host in the registry; null lets each role derive <c>hostname:port</c>.</summary>
    public string? NodeId { get; init; }

    /// <summary>Absolute path of the directory that holds everything this host must not lose.</summary>
    public required string DataDir { get; init; }

    public LogOptions Log { get; init; } = new();

    public MetricsOptions Metrics { get; init; } = new();

    /// <summary>TLS of everything that this host serves to and asks of others, its target excepted.</summary>
    public SecurityOptions Security { get; init; } = new();

    /// <summary>Null when this host doesn't run a Pump.</summary>
    public PumpOptions? Pump { get; init; }

    /// <summary>Null when this host doesn't run a Drainer.</summary>
    public DrainerOptions? Drainer { get; init; }
}
