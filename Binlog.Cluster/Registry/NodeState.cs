using System.Text.Json.Serialization;

namespace Binlog.Cluster.Registry;

/// <summary>The state of a node as the registry names it. Source: TiDB Binlog's node states; the JSON names are theirs.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NodeState>))]
public enum NodeState
{
    /// <summary>Not running, and nothing is expected of it.</summary>
    [JsonStringEnumMemberName("offline")]
    Offline,

    /// <summary>Running, or crashed: a process that was killed could not say so.</summary>
    [JsonStringEnumMemberName("online")]
    Online,

    /// <summary>On its way to <see cref="Paused"/>.</summary>
    [JsonStringEnumMemberName("pausing")]
    Pausing,

    /// <summary>Stopped for a while: a Pump, whose binlogs are still needed, so that merging waits for it; a Drainer, which may run on without applying.</summary>
    [JsonStringEnumMemberName("paused")]
    Paused,

    /// <summary>On its way to <see cref="Offline"/>.</summary>
    [JsonStringEnumMemberName("closing")]
    Closing,
}
