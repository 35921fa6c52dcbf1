namespace Binlog.Service.Pump.Retention;

/// <summary>What retention has done since the start. Immutable: each pass makes a new one.</summary>
internal sealed record RetentionCounts
{
    /// <summary>Passes.</summary>
    public long Passes { get; init; }

    /// <summary>Passes that failed.</summary>
    public long Failures { get; init; }

    /// <summary>Segment files removed.</summary>
    public long RemovedSegments { get; init; }

    /// <summary>Bytes removed.</summary>
    public long RemovedBytes { get; init; }

    /// <summary>How often binlogs went that a Drainer had not got, counted per Drainer.</summary>
    public long NeededRemovals { get; init; }
}
