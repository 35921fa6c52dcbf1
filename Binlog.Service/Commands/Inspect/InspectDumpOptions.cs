namespace Binlog.Service.Commands.Inspect;

/// <summary>Options of <c>inspect dump</c>.</summary>
internal sealed record InspectDumpOptions
{
    /// <summary>Absolute path of the log's directory.</summary>
    public required string Directory { get; init; }

    /// <summary>Leave out records with a lower TS (the commit TS, or the start TS of one that has none).</summary>
    public ulong From { get; init; }

    /// <summary>Leave out records with a higher TS.</summary>
    public ulong To { get; init; } = ulong.MaxValue;

    /// <summary>Only what changes this table.</summary>
    public TableName? Table { get; init; }

    /// <summary>DDL history, as the Drainer uses it; null decodes with what the log itself has.</summary>
    public string? SchemaHistoryFile { get; init; }

    /// <summary>End after so many records.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>One JSON object per line.</summary>
    public bool Json { get; init; }
}
