using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>Partitioning of a table. Binlogs name the table, never a partition.</summary>
public sealed record PartitionInfo
{
    [JsonPropertyName("type")]
    public PartitionType Type { get; init; }

    [JsonPropertyName("expr")]
    public string Expression { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("columns"), JsonConverter(typeof(CiStringListConverter))]
    public IReadOnlyList<string> Columns { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("enable")]
    public bool Enable { get; init; }

    [JsonPropertyName("definitions")]
    public IReadOnlyList<PartitionDefinition> Definitions { get; init => field = SchemaList.Checked(value); } = [];

    [JsonPropertyName("num")]
    public ulong Number { get; init; }
}
