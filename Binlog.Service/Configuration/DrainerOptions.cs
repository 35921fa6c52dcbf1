using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>The Drainer of this host. Defaults are those of <see cref="DrainerSettings"/>.</summary>
internal sealed record DrainerOptions
{
    /// <summary>Address for gRPC and HTTP on one port; port 0 takes a free one.</summary>
    public HostPort Listen { get; init; } = DrainerSettings.Listen.Default;

    /// <summary>Address that is registered for others to connect to; null means the one that is listened on.</summary>
    public HostPort? Advertise { get; init; }

    /// <summary>Commit TS to start after when the target has no checkpoint: 0 = oldest available, -1 = now.</summary>
    public long InitialCommitTs { get; init; } = DrainerSettings.InitialCommitTs.Default;

    /// <summary>Whether to wait for the end of another Drainer of the same target.</summary>
    public bool Standby { get; init; } = DrainerSettings.Standby.Default;

    /// <summary>What becomes of a schema change that the target refuses.</summary>
    public RefusedDdl RefusedDdl { get; init; } = DrainerSettings.RefusedDdl.Default;

    /// <summary>Memory for binlogs between the Pumps and the target, in bytes.</summary>
    public long MemoryQuotaBytes { get; init; } = DrainerSettings.MemoryQuota.Default;

    /// <summary>Compression of the stream that Pumps send.</summary>
    public StreamCompressor Compressor { get; init; }

    /// <summary>Whether TiKV is to keep old versions since the checkpoint.</summary>
    public bool HoldsGarbage { get; init; }

    public required SchemaHistoryOptions SchemaHistory { get; init; }

    public ApplyOptions Apply { get; init; } = new();

    public RelayOptions Relay { get; init; } = new();

    public CheckpointOptions Checkpoint { get; init; } = new();

    public required DownstreamOptions Downstream { get; init; }
}
