namespace Binlog.Service.Pump.Retention;

/// <summary>What one retention pass found and did.</summary>
internal sealed record PassOutcome
{
    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why it was made: the interval, low disk space, or somebody asked.</summary>
    public required string Trigger { get; init; }

    /// <summary>What was decided.</summary>
    public required RetentionPlan Plan { get; init; }

    /// <summary>What was removed; null when nothing was tried or it failed.</summary>
    public RemovedBinlogs? Removed { get; init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public string? Error { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Describe() => this switch
    {
        { Error: { } error } => $"failed, will be tried again: {error}",
        { Plan.WantedCommitTs: 0 } => "everything is within the limits",
        { Plan.IsBlind: true } => $"kept: the limit of {Limit} asks to remove up to commit TS {Plan.WantedCommitTs}, but it is not known what Drainers need",
        { Plan.RemoveUpTo: null } => $"kept: the limit of {Limit} asks to remove up to commit TS {Plan.WantedCommitTs}, but {Plan.Behind[0].NodeId} has binlogs only up to {Plan.Behind[0].CommitTs}",
        { Removed: { Segments: 0 } } => $"nothing to remove: binlogs up to commit TS {Plan.RemoveUpTo} may go (limit of {Limit}), but there is no whole segment of them",
        { Removed: { } removed } => $"removed {removed.Segments} segments, {removed.Bytes} bytes, up to commit TS {Plan.RemoveUpTo} (limit of {Limit})",
        _ => "",
    };

    private string Limit => Plan.Reason == RetentionReason.Size ? "pump.retention.size" : "pump.retention.age";
}
