using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A database as TiDB's schema stores it.</summary>
public sealed record DbInfo
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("db_name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("charset")]
    public string Charset { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("collate")]
    public string Collate { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("state")]
    public SchemaState State { get; init; }

    /// <summary>Reads TiDB's JSON.</summary>
    /// <exception cref="TiDBFormatException">It is no JSON object, or a field has another type.</exception>
    public static DbInfo Parse(ReadOnlySpan<byte> json) => SchemaJson.Parse(json, SchemaJsonContext.Default.DbInfo, "DBInfo");
}
