using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>One partition.</summary>
public sealed record PartitionDefinition
{
    [JsonPropertyName("id")]
    public long Id { get; init; }

    [JsonPropertyName("name"), JsonConverter(typeof(CiStringConverter))]
    public string Name { get; init => field = value ?? ""; } = "";

    /// <summary>Upper bounds of a range partition, as SQL expressions.</summary>
    [JsonPropertyName("less_than")]
    public IReadOnlyList<string> LessThan { get; init => field = SchemaList.Checked(value); } = [];

    /// <summary>Values of a list partition, as SQL expressions.</summary>
    [JsonPropertyName("in_values")]
    public IReadOnlyList<IReadOnlyList<string>> InValues { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("comment")]
    public string Comment { get; init => field = value ?? ""; } = "";
}
