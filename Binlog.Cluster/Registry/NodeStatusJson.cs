using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Binlog.Cluster.Registry;

/// <summary>Generated JSON code of <see cref="NodeStatus"/>.</summary>
[JsonSerializable(typeof(NodeStatus))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class NodeStatusJson : JsonSerializerContext
{
    /// <summary>Writes letters of all languages and signs as they are, as the original's encoder does. Nothing of it goes into HTML.</summary>
    public static NodeStatusJson AsOriginal { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
