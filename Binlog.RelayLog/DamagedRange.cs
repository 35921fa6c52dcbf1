namespace Binlog.RelayLog;

/// <summary>A part of a log that isn't what was written.</summary>
public sealed record DamagedRange
{
    /// <summary>What is damaged.</summary>
    public required DamageKind Kind { get; init; }

    /// <summary>Number of the segment.</summary>
    public required ulong Segment { get; init; }

    /// <summary>Full path of its file.</summary>
    public required string File { get; init; }

    /// <summary>First byte concerned.</summary>
    public required long From { get; init; }

    /// <summary>First byte behind it.</summary>
    public required long To { get; init; }

    /// <summary>Sequence number of the first lost record; 0 when none is lost or it isn't known.</summary>
    public ulong FirstSequence { get; init; }

    /// <summary>Lost records.</summary>
    public ulong LostRecords { get; init; }

    /// <summary>More records may be lost than <see cref="LostRecords"/>.</summary>
    public bool IsMinimum { get; init; }

    /// <summary>Last commit TS known before it; 0 when there is none.</summary>
    public ulong CommitTsBefore { get; init; }

    /// <summary>First commit TS known after it; 0 when there is none.</summary>
    public ulong CommitTsAfter { get; init; }

    /// <summary>What should be there.</summary>
    public required string Expected { get; init; }

    /// <summary>What is there.</summary>
    public required string Found { get; init; }
}
