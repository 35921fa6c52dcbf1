using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>The definition of a view; such a table has no rows of its own.</summary>
public sealed record ViewInfo
{
    [JsonPropertyName("view_select")]
    public string Select { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("view_cols"), JsonConverter(typeof(CiStringListConverter))]
    public IReadOnlyList<string> Columns { get; init => field = SchemaList.Checked(value); } = [];
}
