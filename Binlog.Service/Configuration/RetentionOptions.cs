using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>What a Pump keeps and when it warns. Defaults are those of <see cref="RetentionSettings"/>.</summary>
internal sealed record RetentionOptions
{
    /// <summary>Binlogs older than this, by the cluster's time, may go. Above zero.</summary>
    public TimeSpan Age { get; init; } = RetentionSettings.Age.Default;

    /// <summary>Bytes on disk above which the oldest binlogs may go; 0 sets no limit.</summary>
    public long SizeBytes { get; init; } = RetentionSettings.Size.Default;

    /// <summary>Time between two passes while there is enough disk space.</summary>
    public TimeSpan Interval { get; init; } = RetentionSettings.Interval.Default;

    /// <summary>What becomes of binlogs over the limits that a Drainer still needs.</summary>
    public NeededBinlogs Drainers { get; init; } = RetentionSettings.Drainers.Default;

    /// <summary>Free disk space (bytes) at and below which the Pump warns; 0 never warns, null goes by the disk's size.</summary>
    public long? WarnAtAvailableSpaceBytes { get; init; }
}
