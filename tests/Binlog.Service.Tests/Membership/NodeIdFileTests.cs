using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;

namespace Binlog.Service.Tests.Membership;

public sealed class NodeIdFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Open_Configured_IsKept()
    {
        NodeIdFile.Open(_directory.Path, "pump-1");

        Assert.Equal("pump-1\n", File.ReadAllText(_directory.Combine(".node")));
        NodeIdFile again = NodeIdFile.Open(_directory.Path, configured: null);
        Assert.Equal(("pump-1", "pump-1"), (again.Find(NodeRole.Pump), again.Find(NodeRole.Drainer)));
    }

    [Fact]
    public void Open_AnotherIsConfigured_RefusedWithBothAndTheFile()
    {
        NodeIdFile.Open(_directory.Path, "pump-1");

        var exception = Assert.Throws<StartFailedException>(() => NodeIdFile.Open(_directory.Path, "pump-2"));

        Assert.Contains("nodeId is pump-2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("the node pump-1", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.Combine(".node"), exception.Message, StringComparison.Ordinal);
        Assert.Equal("pump-1\n", File.ReadAllText(_directory.Combine(".node")));
    }

    [Fact]
    public void AddressOf_NothingConfigured_NamesOfBothRolesStayWhenPortsChange()
    {
        string pump = AddressOf(NodeRole.Pump, 8250);
        string drainer = AddressOf(NodeRole.Drainer, 8249);
        Assert.Equal(($"{Environment.MachineName}:8250", $"{Environment.MachineName}:8249"), (pump, drainer));

        Assert.Equal((pump, drainer), (AddressOf(NodeRole.Pump, 9250), AddressOf(NodeRole.Drainer, 9249)));
        Assert.Equal($"pump={pump}\ndrainer={drainer}\n", File.ReadAllText(_directory.Combine(".node")));
    }

    [Fact]
    public void Open_DerivedNameAndAnotherConfigured_Refused()
    {
        AddressOf(NodeRole.Pump, 8250);

        Assert.Throws<StartFailedException>(() => NodeIdFile.Open(_directory.Path, "pump-1"));

        NodeIdFile same = NodeIdFile.Open(_directory.Path, $"{Environment.MachineName}:8250");
        Assert.Equal($"{Environment.MachineName}:8250", same.Find(NodeRole.Drainer));
    }

    /// <summary>The original writes no line end, and trims what it reads.</summary>
    [Theory]
    [InlineData("host:8250")]
    [InlineData("  host:8250 \r\n")]
    public void Open_FileOfTheOriginal_IsRead(string text)
    {
        _directory.Write(".node", text);

        Assert.Equal("host:8250", NodeIdFile.Open(_directory.Path, null).Find(NodeRole.Pump));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("kafka=x")]
    [InlineData("pump=")]
    [InlineData("a/b")]
    public void Open_Damaged_RefusedWithWhatWasFound(string text)
    {
        _directory.Write(".node", text);

        var exception = Assert.Throws<StartFailedException>(() => NodeIdFile.Open(_directory.Path, null));

        Assert.Contains($"found \"{text}\"", exception.Message, StringComparison.Ordinal);
        Assert.Contains(_directory.Combine(".node"), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_HugeFile_RefusedWithoutReadingIt()
    {
        _directory.Write(".node", new string('x', 5000));

        Assert.Contains("more than 4096 bytes", Assert.Throws<StartFailedException>(() => NodeIdFile.Open(_directory.Path, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_EmptyFile_IsAsNone()
    {
        _directory.Write(".node", "\n");

        Assert.Null(NodeIdFile.Open(_directory.Path, null).Find(NodeRole.Pump));
    }

    private string AddressOf(NodeRole role, int port) => NodeAddress.Of(NodeIdFile.Open(_directory.Path, null), role, null, new HostPort("127.0.0.1", port)).NodeId;
}
