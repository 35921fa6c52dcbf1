using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>A foreign key.</summary>
public sealed record ForeignKeyInfo
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("fk_name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Schema of the parent table; empty means the child's.</summary>
    [JsonPropertyName("ref_schema"), JsonConverter(typeof(CiStringConverter))]
    public string ReferencedSchema { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("ref_table"), JsonConverter(typeof(CiStringConverter))]
    public string ReferencedTable { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("ref_cols"), JsonConverter(typeof(CiStringListConverter))]
    public IReadOnlyList<string> ReferencedColumns { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("cols"), JsonConverter(typeof(CiStringListConverter))]
    public IReadOnlyList<string> Columns { get; init => field = SchemaList.Checked(value); } = [];

    /// <summary>0 none, 1 restrict, 2 cascade, 3 set null, 4 no action, 5 set default.</summary>
    [JsonPropertyName("on_delete")]
    public int OnDelete { get; init; }

    /// <summary>As <see cref="OnDelete"/>.</summary>
    [JsonPropertyName("on_update")]
    public int OnUpdate { get; init; }

    [JsonPropertyName("state")]
    public SchemaState State { get; init; }
}
