using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.Service.Tests.Hosting;
using Binlog.Service.Tests.Pump.Leaving;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Membership;

public sealed class RegistryEndpointsTests : IAsyncLifetime
{
    private readonly NodeTable _registry = new();
    private NodeServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await NodeServer.StartAsync(
        new NodeServerOptions { Key = "test", Listen = new HostPort("127.0.0.1", 0), Endpoints = new RegistryEndpoints(_registry, NullLogger.Instance).Edits },
        NullLoggerFactory.Instance,
        TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("offline", NodeState.Offline)]
    [InlineData("paused", NodeState.Paused)]
    public async Task Put_Dead_IsSet(string name, NodeState state)
    {
        _registry.Add(NodeRole.Pump, Entry(updateTs: 1));

        Assert.Equal(($"Pump p was online and is {name} now", 200), await PutAsync(name));

        Assert.Equal(Entry(updateTs: 1) with { State = state }, _registry.Find(NodeRole.Pump, "p"));
    }

    /// <summary>It comes online between the look at the registry and the write: what it wrote must stay.</summary>
    [Fact]
    public async Task Put_ComesBackMeanwhile_IsLeftOnline()
    {
        _registry.Add(NodeRole.Pump, Entry(updateTs: 1));
        _registry.OnListed = _ => _registry.Add(NodeRole.Pump, Entry(updateTs: 2) with { IsAlive = true });

        (string message, int code) = await PutAsync("offline");

        Assert.Equal(3, code);
        Assert.Contains("has changed since", message, StringComparison.Ordinal);
        Assert.Equal((NodeState.Online, 2), (_registry.Find(NodeRole.Pump, "p").State, _registry.Find(NodeRole.Pump, "p").UpdateTs));
    }

    private static NodeStatus Entry(long updateTs) => new() { NodeId = "p", Host = "p:8250", State = NodeState.Online, UpdateTs = updateTs };

    private Task<(string Message, int Code)> PutAsync(string state) => HostRoles.PutAsync(_server.BoundAddress.ToString(), $"/pumps/p/{state}");
}
