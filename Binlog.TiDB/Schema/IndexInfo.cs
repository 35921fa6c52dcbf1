using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>An index of a table. A primary key that is the row handle has none.</summary>
public sealed record IndexInfo
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("idx_name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("idx_cols")]
    public IReadOnlyList<IndexColumn> Columns { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("is_unique")]
    public bool IsUnique { get; init; }

    [JsonPropertyName("is_primary")]
    public bool IsPrimary { get; init; }

    [JsonPropertyName("state")]
    public SchemaState State { get; init; }

    [JsonPropertyName("comment")]
    public string Comment { get; init => field = value ?? ""; } = "";

    /// <summary>1 B-tree, 2 hash, 3 R-tree.</summary>
    [JsonPropertyName("index_type")]
    public int IndexType { get; init; }

    [JsonPropertyName("is_invisible")]
    public bool IsInvisible { get; init; }

    [JsonPropertyName("is_global")]
    public bool IsGlobal { get; init; }

    [JsonPropertyName("mv_index")]
    public bool IsMultiValued { get; init; }

    [JsonIgnore]
    public bool IsPublic => State == SchemaState.Public;
}
