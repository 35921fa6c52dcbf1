using System.Text;
using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Tests.Registry;

public sealed class NodeStatusTests
{
    // What the original's JSON encoder writes for the same values.
    private const string Golden =
        """{"nodeId":"pump1:8250","host":"192.168.1.7:8250","state":"online","isAlive":false,"score":0,"label":null,"maxCommitTS":449271042135920641,"updateTS":449271042660990976}""";

    private static NodeStatus Pump => new()
    {
        NodeId = "pump1:8250",
        Host = "192.168.1.7:8250",
        State = NodeState.Online,
        MaxCommitTs = 449271042135920641,
        UpdateTs = 449271042660990976,
    };

    [Fact]
    public void ToJson_Pump_IsByteCompatible() => Assert.Equal(Golden, Encoding.UTF8.GetString(Pump.ToJson()));

    [Fact]
    public void Parse_Golden_IsThePump() => Assert.Equal(Pump, NodeStatus.Parse(Encoding.UTF8.GetBytes(Golden)));

    [Theory]
    [InlineData(NodeState.Online, "online")]
    [InlineData(NodeState.Pausing, "pausing")]
    [InlineData(NodeState.Paused, "paused")]
    [InlineData(NodeState.Closing, "closing")]
    [InlineData(NodeState.Offline, "offline")]
    public void ToJson_EveryState_HasTheOriginalsName(NodeState state, string name)
    {
        byte[] json = (Pump with { State = state }).ToJson();

        Assert.Contains($"\"state\":\"{name}\"", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(state, NodeStatus.Parse(json).State);
    }

    [Fact]
    public void Parse_LabelsOfAnotherWriter_AreKept()
    {
        string json = Golden.Replace("\"label\":null", "\"label\":{\"labels\":{\"zone\":\"a\"}}", StringComparison.Ordinal);

        Assert.Equal(json, Encoding.UTF8.GetString(NodeStatus.Parse(Encoding.UTF8.GetBytes(json)).ToJson()));
    }

    [Fact]
    public void Parse_UnknownFields_AreKept()
    {
        string json = Golden.Replace("{\"nodeId\"", "{\"later\":[1,{\"a\":null}],\"nodeId\"", StringComparison.Ordinal);
        string rewritten = Golden.Replace(":449271042660990976}", ":7,\"later\":[1,{\"a\":null}]}", StringComparison.Ordinal);

        NodeStatus status = NodeStatus.Parse(Encoding.UTF8.GetBytes(json)) with { UpdateTs = 7 };

        Assert.Equal(rewritten, Encoding.UTF8.GetString(status.ToJson()));
    }

    [Fact]
    public void WithOthersOf_EntryOfAnotherWriter_TakesItsLabelAndUnknownFieldsOnly()
    {
        string found = Golden.Replace("\"label\":null", "\"label\":{\"labels\":{\"zone\":\"a\"}}", StringComparison.Ordinal).Replace("{\"nodeId\"", "{\"later\":1,\"nodeId\"", StringComparison.Ordinal);

        NodeStatus status = (Pump with { State = NodeState.Paused, MaxCommitTs = 1, UpdateTs = 2 }).WithOthersOf(NodeStatus.Parse(Encoding.UTF8.GetBytes(found)));

        Assert.Equal(
            """{"nodeId":"pump1:8250","host":"192.168.1.7:8250","state":"paused","isAlive":false,"score":0,"label":{"labels":{"zone":"a"}},"maxCommitTS":1,"updateTS":2,"later":1}""",
            Encoding.UTF8.GetString(status.ToJson()));
    }

    [Fact]
    public void ToJson_NamesWithSpecialCharacters_AreWrittenAsTheOriginalDoes()
    {
        byte[] json = (Pump with { NodeId = "pümp+1'\"", Host = "[::1]:8250" }).ToJson();

        Assert.StartsWith("{\"nodeId\":\"pümp+1'\\\"\",\"host\":\"[::1]:8250\"", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"nodeId":"a","host":"b","state":"dancing"}""")]
    [InlineData("""{"nodeId":"a","host":"b"}""")]
    [InlineData("""{"nodeId":"a","host":"b","state":"online","maxCommitTS":"1"}""")]
    public void Parse_Damaged_OneTypedError(string json)
    {
        var exception = Assert.Throws<ClusterException>(() => NodeStatus.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Contains("registry holds a node status", exception.Message, StringComparison.Ordinal);
        Assert.False(exception.IsTransient);
    }
}
