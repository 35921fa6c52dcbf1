using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>Why a DDL job failed.</summary>
public sealed record DdlJobError
{
    [JsonPropertyName("class")]
    public int Class { get; init; }

    [JsonPropertyName("code")]
    public int Code { get; init; }

    [JsonPropertyName("message")]
    public string Message { get; init => field = value ?? ""; } = "";
}
