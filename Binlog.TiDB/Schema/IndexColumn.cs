using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A column of an index.</summary>
public sealed record IndexColumn
{
    [JsonPropertyName("name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Position of the column in the table's column list.</summary>
    [JsonPropertyName("offset")]
    public int Offset { get; init; }

    /// <summary>Prefix length, or -1 for the whole column.</summary>
    [JsonPropertyName("length")]
    public int Length { get; init; }

    [JsonIgnore]
    public bool IsPrefix => Length != FieldType.Unspecified;
}
