using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

/// <summary>The definition of a sequence; such a table has no rows.</summary>
public sealed record SequenceInfo
{
    [JsonPropertyName("sequence_start")]
    public long Start { get; init; }

    [JsonPropertyName("sequence_increment")]
    public long Increment { get; init; }

    [JsonPropertyName("sequence_min_value")]
    public long MinValue { get; init; }

    [JsonPropertyName("sequence_max_value")]
    public long MaxValue { get; init; }

    [JsonPropertyName("sequence_cycle")]
    public bool Cycle { get; init; }
}
