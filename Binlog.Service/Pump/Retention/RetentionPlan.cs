namespace Binlog.Service.Pump.Retention;

/// <summary>What is to be removed, and what stands against it.</summary>
internal sealed record RetentionPlan
{
    /// <summary>The limits ask for the removal of everything up to this commit TS; 0 when they ask for nothing more than is gone already.</summary>
    public ulong WantedCommitTs { get; init; }

    /// <summary>The limit that asks for it.</summary>
    public RetentionReason Reason { get; init; }

    /// <summary>What is to be removed now; null for nothing.</summary>
    public ulong? RemoveUpTo { get; init; }

    /// <summary>Drainers that need something of what the limits ask to remove, the furthest behind first.</summary>
    public IReadOnlyList<DrainerPosition> Behind { get; init; } = [];

    /// <summary>Nothing is removed because nobody knows what Drainers need.</summary>
    public bool IsBlind { get; init; }
}
