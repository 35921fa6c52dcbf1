using System.Text.Json;
using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A job of TiDB's DDL history.</summary>
public sealed record DdlJob
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("type")]
    public DdlActionType Type { get; init; }

    [JsonPropertyName("state")]
    public DdlJobState State { get; init; }

    [JsonPropertyName("schema_state")]
    public SchemaState SchemaState { get; init; }

    /// <summary>The database; of a rename, the new one.</summary>
    [JsonPropertyName("schema_id")]
    public long SchemaId { get; init; }

    /// <summary>The table; of a truncate, the old id.</summary>
    [JsonPropertyName("table_id")]
    public long TableId { get; init; }

    /// <summary>Name of the database; empty before TiDB 4.</summary>
    [JsonPropertyName("schema_name")]
    public string SchemaName { get; init => field = value ?? ""; } = "";

    /// <summary>Name of the table; empty before TiDB 5.</summary>
    [JsonPropertyName("table_name")]
    public string TableName { get; init => field = value ?? ""; } = "";

    /// <summary>The statement.</summary>
    [JsonPropertyName("query")]
    public string Query { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("binlog")]
    public JobBinlogInfo Binlog { get; init => field = value ?? new JobBinlogInfo(); } = new();

    [JsonPropertyName("err")]
    public DdlJobError? Error { get; init; }

    [JsonPropertyName("start_ts")]
    public ulong StartTs { get; init; }

    /// <summary>Arguments, as each job type defines them; finished jobs often have none.</summary>
    [JsonPropertyName("raw_args")]
    public JsonElement RawArguments { get; init; }

    [JsonPropertyName("version")]
    public long Version { get; init; }

    /// <summary>True when the job took effect: it is done, or done and synced.</summary>
    [JsonIgnore]
    public bool IsApplicable => State is DdlJobState.Done or DdlJobState.Synced;

    /// <summary>Reads TiDB's JSON.</summary>
    /// <exception cref="TiDBFormatException">It is no JSON object, or a field has another type.</exception>
    public static DdlJob Parse(ReadOnlySpan<byte> json) => SchemaJson.Parse(json, SchemaJsonContext.Default.DdlJob, "DDL job");
}
