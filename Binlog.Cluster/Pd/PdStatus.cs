namespace Binlog.Cluster.Pd;

/// <summary>What a <see cref="PdClient"/> knows of PD, for operators.</summary>
public sealed record PdStatus
{
    /// <summary>The cluster's ID; null before PD was reached for the first time.</summary>
    public ulong? ClusterId { get; init; }

    /// <summary>The leader's first client URL; null when none is known.</summary>
    public string? LeaderUrl { get; init; }

    /// <summary>The leader's name; null when none is known.</summary>
    public string? LeaderName { get; init; }

    /// <summary>All members as PD said last.</summary>
    public IReadOnlyList<PdMember> Members { get; init; } = [];

    /// <summary>The last failure, also one that a later attempt made good; null when there was none.</summary>
    public string? LastError { get; init; }

    /// <summary>When <see cref="LastError"/> happened.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}
