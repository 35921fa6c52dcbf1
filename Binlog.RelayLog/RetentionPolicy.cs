namespace Binlog.RelayLog;

/// <summary>Which sealed segments may go. Whole segments only, the oldest first, never the last one.</summary>
/// <remarks>
/// <see cref="KeepFrom"/> is a fence that nothing overrides: the segment that holds it and all later ones stay. When it is the only
/// one set, everything before it goes. With <see cref="MaxBytes"/> or <see cref="MaxAge"/>, the oldest segments go while one of those
/// limits is exceeded. With nothing set, nothing goes.
/// </remarks>
public sealed record RetentionPolicy
{
    /// <summary>First position that is still needed.</summary>
    public LogPosition? KeepFrom { get; init; }

    /// <summary>Bytes that the whole log may take.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>How long a segment is kept after it was sealed.</summary>
    public TimeSpan? MaxAge { get; init; }
}
