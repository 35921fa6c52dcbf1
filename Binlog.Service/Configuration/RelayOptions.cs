using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration;

/// <summary>The Drainer's relay log.</summary>
internal sealed record RelayOptions
{
    /// <summary>Size at which a segment is closed and the next one begun.</summary>
    public long SegmentSizeBytes { get; init; } = RelaySettings.SegmentSize.Default;

    /// <summary>Size above which applied segments are deleted, oldest first; what isn't applied yet always stays.</summary>
    public long MaxBytes { get; init; } = RelaySettings.MaxSize.Default;

    /// <summary>Age, by commit TS against the newest one, above which applied segments are deleted; what isn't applied yet always stays.</summary>
    public TimeSpan MaxAge { get; init; } = RelaySettings.MaxAge.Default;
}
