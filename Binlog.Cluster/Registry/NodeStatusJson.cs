using System.Text.Json;
using System.Text.Json.Serialization;

namespace Binlog.Cluster.Registry;

/// <summary>Generated JSON code of <see cref="NodeStatus"/>.</summary>
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class NodeStatusJson : JsonSerializerContext;
