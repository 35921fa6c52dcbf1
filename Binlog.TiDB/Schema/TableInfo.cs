using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A table as TiDB's schema stores it.</summary>
public sealed record TableInfo
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Default character set; empty in old versions, which means utf8 or utf8mb4.</summary>
    [JsonPropertyName("charset")]
    public string Charset { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("collate")]
    public string Collate { get; init => field = value ?? ""; } = "";

    /// <summary>All columns in table order, also those that are not public yet or any more.</summary>
    [JsonPropertyName("cols")]
    public IReadOnlyList<ColumnInfo> Columns { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("index_info")]
    public IReadOnlyList<IndexInfo> Indexes { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("fk_info")]
    public IReadOnlyList<ForeignKeyInfo> ForeignKeys { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("state")]
    public SchemaState State { get; init; }

    /// <summary>The single integer primary key is the row's handle.</summary>
    [JsonPropertyName("pk_is_handle")]
    public bool PkIsHandle { get; init; }

    /// <summary>The primary key of any other shape is the row's handle.</summary>
    [JsonPropertyName("is_common_handle")]
    public bool IsCommonHandle { get; init; }

    [JsonPropertyName("comment")]
    public string Comment { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("auto_inc_id")]
    public long AutoIncrementId { get; init; }

    [JsonPropertyName("max_col_id")]
    public long MaxColumnId { get; init; }

    /// <summary>Start TS of the last change.</summary>
    [JsonPropertyName("update_timestamp")]
    public ulong UpdateTimestamp { get; init; }

    [JsonPropertyName("partition")]
    public PartitionInfo? Partition { get; init; }

    [JsonPropertyName("view")]
    public ViewInfo? View { get; init; }

    [JsonPropertyName("sequence")]
    public SequenceInfo? Sequence { get; init; }

    /// <summary>0 none, 1 global, 2 local; temporary tables write no binlog.</summary>
    [JsonPropertyName("temp_table_type")]
    public int TemporaryTableType { get; init; }

    [JsonIgnore]
    public bool IsView => View is not null;

    [JsonIgnore]
    public bool IsSequence => Sequence is not null;

    /// <summary>Reads TiDB's JSON.</summary>
    /// <exception cref="TiDBFormatException">It is no JSON object, or a field has another type.</exception>
    public static TableInfo Parse(ReadOnlySpan<byte> json) => SchemaJson.Parse(json, SchemaJsonContext.Default.TableInfo, "TableInfo");
}
