using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>The Pump of this host. Defaults are those of <see cref="PumpSettings"/>.</summary>
internal sealed record PumpOptions
{
    /// <summary>Address for gRPC and HTTP on one port; port 0 takes a free one.</summary>
    public HostPort Listen { get; init; } = PumpSettings.Listen.Default;

    /// <summary>Address that is registered for others to connect to; null means the one that is listened on.</summary>
    public HostPort? Advertise { get; init; }

    /// <summary>Absolute path of a Unix socket to listen on too; null for none.</summary>
    public string? Socket { get; init; }

    /// <summary>Time between two heartbeats; at most a third of the registry's lease.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = PumpSettings.HeartbeatInterval.Default;

    /// <summary>Size at which a storage segment is closed and the next one begun.</summary>
    public long SegmentSizeBytes { get; init; } = PumpSettings.SegmentSize.Default;

    /// <summary>How often a fake binlog moves the commit TS on while nothing is written.</summary>
    public TimeSpan FakeBinlogInterval { get; init; } = PumpSettings.FakeBinlogInterval.Default;

    /// <summary>Free disk space at and below which new transactions are refused; 0 never refuses.</summary>
    public long StopWriteAtAvailableSpaceBytes { get; init; } = PumpSettings.StopWriteAtAvailableSpace.Default;

    /// <summary>A write that takes longer is reported; zero reports none.</summary>
    public TimeSpan SlowWriteThreshold { get; init; } = PumpSettings.SlowWriteThreshold.Default;

    /// <summary>What is kept, what is let go, and when to warn.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>Largest gRPC message that is accepted.</summary>
    public int MaxMessageBytes { get; init; } = (int)PumpSettings.MaxMessageSize.Default;

    /// <summary>What the Pump's parts may use of memory together.</summary>
    public long MemoryLimitBytes { get; init; } = PumpSettings.MemoryLimit.Default;

    /// <summary>How long the order may wait for one transaction before a warning is logged.</summary>
    public TimeSpan HeldOrderWarning { get; init; } = PumpSettings.HeldOrderWarning.Default;
}
