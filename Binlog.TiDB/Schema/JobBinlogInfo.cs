using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>What a finished DDL job left behind for consumers of binlogs.</summary>
public sealed record JobBinlogInfo
{
    /// <summary>Schema version that the job produced; 0: the job failed.</summary>
    [JsonPropertyName("SchemaVersion")]
    public long SchemaVersion { get; init; }

    /// <summary>The database, for jobs about databases.</summary>
    [JsonPropertyName("DBInfo")]
    public DbInfo? DbInfo { get; init; }

    /// <summary>The table after the job, or as it was when dropped.</summary>
    [JsonPropertyName("TableInfo")]
    public TableInfo? TableInfo { get; init; }

    /// <summary>The tables of a job about several.</summary>
    [JsonPropertyName("MultipleTableInfos")]
    public IReadOnlyList<TableInfo>? MultipleTableInfos { get; init => field = value is null ? null : SchemaList.Checked(value); }

    /// <summary>When the job finished, a TSO.</summary>
    [JsonPropertyName("FinishedTS")]
    public ulong FinishedTs { get; init; }
}
