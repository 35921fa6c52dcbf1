using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A column of a table. Rows name it by <see cref="Id"/>; ids are never reused within a table.</summary>
public sealed record ColumnInfo
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Position in the table's column list.</summary>
    [JsonPropertyName("offset")]
    public int Offset { get; init; }

    /// <summary>What rows older than the column hold, as text; null: nothing was said.</summary>
    [JsonPropertyName("origin_default"), JsonConverter(typeof(DefaultTextConverter))]
    public string? OriginDefault { get; init; }

    /// <summary>The same for BIT, as bytes; newer TiDB only.</summary>
    [JsonPropertyName("origin_default_bit")]
    public byte[]? OriginDefaultBit { get; init; }

    /// <summary>DEFAULT of new rows, as text.</summary>
    [JsonPropertyName("default"), JsonConverter(typeof(DefaultTextConverter))]
    public string? Default { get; init; }

    /// <summary>The same for BIT, as bytes; newer TiDB only.</summary>
    [JsonPropertyName("default_bit")]
    public byte[]? DefaultBit { get; init; }

    /// <summary>True when <see cref="Default"/> is an expression.</summary>
    [JsonPropertyName("default_is_expr")]
    public bool DefaultIsExpression { get; init; }

    /// <summary>Expression of a generated column, otherwise empty.</summary>
    [JsonPropertyName("generated_expr_string")]
    public string GeneratedExpression { get; init => field = value ?? ""; } = "";

    /// <summary>True when a generated column is STORED.</summary>
    [JsonPropertyName("generated_stored")]
    public bool GeneratedStored { get; init; }

    [JsonPropertyName("type")]
    public FieldType Type { get; init => field = value ?? new FieldType(); } = new();

    [JsonPropertyName("state")]
    public SchemaState State { get; init; }

    [JsonPropertyName("comment")]
    public string Comment { get; init => field = value ?? ""; } = "";

    /// <summary>True for columns that TiDB made for itself, such as those of an expression index.</summary>
    [JsonPropertyName("hidden")]
    public bool Hidden { get; init; }

    /// <summary>0: a TIMESTAMP default is in the zone of the TiDB host; 1 and above: UTC.</summary>
    [JsonPropertyName("version")]
    public ulong Version { get; init; }

    [JsonIgnore]
    public bool IsPublic => State == SchemaState.Public;

    [JsonIgnore]
    public bool IsGenerated => GeneratedExpression.Length > 0;

    /// <summary>Generated and not stored: insert and update rows don't carry it.</summary>
    [JsonIgnore]
    public bool IsVirtual => IsGenerated && !GeneratedStored;
}
