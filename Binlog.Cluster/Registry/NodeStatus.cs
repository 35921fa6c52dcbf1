using System.Text.Json;
using System.Text.Json.Serialization;

namespace Binlog.Cluster.Registry;

/// <summary>
/// What the registry knows of a node. The JSON form is byte-compatible with TiDB Binlog's registry in etcd, so that its tools
/// and dashboards read it.
/// </summary>
public sealed record NodeStatus
{
    /// <summary>The node's name, unique in its role.</summary>
    [JsonPropertyName("nodeId")]
    public required string NodeId { get; init; }

    /// <summary>Where others reach it: <c>host:port</c>, no scheme.</summary>
    [JsonPropertyName("host")]
    public required string Host { get; init; }

    /// <summary>The state it was last known in.</summary>
    [JsonPropertyName("state")]
    public required NodeState State { get; init; }

    /// <summary>
    /// Whether the node's process lives, as the registry that gave this answer sees it: in a running state, and heard of within the
    /// lease. What a node itself writes here matters in the state paused only: true when it runs on. The original never sets it.
    /// </summary>
    [JsonPropertyName("isAlive")]
    public bool IsAlive { get; init; }

    /// <summary>Reserved by the original; 0.</summary>
    [JsonPropertyName("score")]
    public long Score { get; init; }

    /// <summary>Reserved by the original; null, or <c>{"labels":{…}}</c> when somebody has given the node labels.</summary>
    [JsonPropertyName("label")]
    public object? Label { get; init; }

    /// <summary>A Pump's max commit TS, a Drainer's checkpoint. A TSO.</summary>
    [JsonPropertyName("maxCommitTS")]
    public long MaxCommitTs { get; init; }

    /// <summary>When the status was written, as a TSO made from the node's clock.</summary>
    [JsonPropertyName("updateTS")]
    public long UpdateTs { get; init; }

    /// <summary>Fields that only a later version or another program knows; null when there are none.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <summary>This status with the label and the fields that others have written into the node's entry: a node that writes its own has nothing to say of them.</summary>
    public NodeStatus WithOthersOf(NodeStatus found) => this with { Label = Label ?? found.Label, Others = Others ?? found.Others };

    /// <summary>Whether two answers of the registry come from the same write of the node's entry. <see cref="IsAlive"/> is no part of that.</summary>
    public bool IsOfSameWriteAs(NodeStatus other) =>
        (NodeId, Host, State, MaxCommitTs, UpdateTs) == (other.NodeId, other.Host, other.State, other.MaxCommitTs, other.UpdateTs);

    /// <summary>The status in its JSON form.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, NodeStatusJson.AsOriginal.NodeStatus);

    /// <summary>Reads the JSON form.</summary>
    /// <exception cref="ClusterException">The bytes are not a node status.</exception>
    public static NodeStatus Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, NodeStatusJson.AsOriginal.NodeStatus)
                ?? throw new ClusterException("The registry holds a node status that is null; expected a JSON object.");
        }
        catch (JsonException exception)
        {
            throw new ClusterException($"The registry holds a node status that can't be read: {exception.Message}", exception);
        }
    }
}
