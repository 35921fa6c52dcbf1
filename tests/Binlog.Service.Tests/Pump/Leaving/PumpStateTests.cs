using System.Text;
using Binlog.Cluster.Registry;
using Binlog.Service.Membership;
using Binlog.Service.Pump.Leaving;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Leaving;

/// <summary>Every action in every state of a Pump, and what is answered.</summary>
public sealed class PumpStateTests : IAsyncLifetime
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly NodeTable _registry = new();
    private readonly FakeLeavingStore _store = new();
    private readonly NodeRegistration _registration;
    private readonly PumpLifecycle _lifecycle;
    private readonly NodeStateEndpoint _endpoint;

    public PumpStateTests()
    {
        _registration = new NodeRegistration(_registry, NodeRole.Pump, new NodeAddress("host:8250", "127.0.0.1:8250"), () => 0, _time, NullLogger.Instance);
        _lifecycle = new PumpLifecycle(_registration, new LeavingProcedure(_store, new WritesInFlight(), _registry, _time, NullLogger.Instance), NullLogger.Instance);
        _endpoint = new NodeStateEndpoint(_registration, "invalide", _lifecycle.Actions);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry.Add(NodeRole.Drainer, Drainer(0));
        await _registration.GoOnlineAsync(TimeSpan.FromMinutes(1), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _lifecycle.DisposeAsync();
        _registry.Failure = null;
        await _registration.DisposeAsync();
    }

    [Theory]
    [InlineData(NodeState.Online, "pause", "apply action pause success!", 200, NodeState.Pausing)]
    [InlineData(NodeState.Online, "close", "apply action close success!", 200, NodeState.Closing)]
    [InlineData(NodeState.Online, "cancel", "this pump's state is online, apply cancel failed!", 3, NodeState.Online)]
    [InlineData(NodeState.Online, "explode", "invalide action explode", 3, NodeState.Online)]
    [InlineData(NodeState.Pausing, "pause", "this pump's state is pausing, apply pause failed!", 3, NodeState.Pausing)]
    [InlineData(NodeState.Pausing, "close", "this pump's state is pausing, apply close failed!", 3, NodeState.Pausing)]
    [InlineData(NodeState.Pausing, "cancel", "this pump's state is pausing, apply cancel failed!", 3, NodeState.Pausing)]
    [InlineData(NodeState.Pausing, "explode", "this pump's state is pausing, apply explode failed!", 3, NodeState.Pausing)]
    [InlineData(NodeState.Closing, "pause", "this pump's state is closing, apply pause failed!", 3, NodeState.Closing)]
    [InlineData(NodeState.Closing, "close", "this pump's state is closing, apply close failed!", 3, NodeState.Closing)]
    [InlineData(NodeState.Closing, "cancel", "apply action cancel success!", 200, NodeState.Online)]
    [InlineData(NodeState.Closing, "explode", "this pump's state is closing, apply explode failed!", 3, NodeState.Closing)]
    [InlineData(NodeState.Offline, "pause", "this pump's state is offline, apply pause failed!", 3, NodeState.Offline)]
    [InlineData(NodeState.Offline, "close", "this pump's state is offline, apply close failed!", 3, NodeState.Offline)]
    [InlineData(NodeState.Offline, "cancel", "this pump's state is offline, apply cancel failed!", 3, NodeState.Offline)]
    [InlineData(NodeState.Paused, "pause", "this pump's state is paused, apply pause failed!", 3, NodeState.Paused)]
    [InlineData(NodeState.Paused, "cancel", "this pump's state is paused, apply cancel failed!", 3, NodeState.Paused)]
    public async Task Put_Action_AnswersAsTheOriginalAndChangesTheState(NodeState before, string action, string message, int code, NodeState after)
    {
        await BringToAsync(before);

        string answer = await PutAsync("host:8250", action);

        Assert.Equal($"{{\n  \"message\": \"{message}\",\n  \"code\": {code},\n  \"data\": null\n}}", answer.ReplaceLineEndings("\n"));
        Assert.Equal(after, _registration.State);
    }

    [Fact]
    public async Task Put_AnotherNode_IsRefusedWhateverTheAction()
    {
        string answer = await PutAsync("other", "pause");

        Assert.Contains("\"invalide nodeID other, this pump's nodeID is host:8250\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\": 3", answer, StringComparison.Ordinal);
        Assert.Equal(NodeState.Online, _registration.State);
    }

    [Fact]
    public async Task Pause_EndsTheRole()
    {
        await PutAsync("host:8250", "pause");

        await _lifecycle.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task Close_DrainersHaveEverything_EndsAsOfflineInTheRegistryFirst()
    {
        await PutAsync("host:8250", "close");
        await Eventually.HoldsAsync("it waits for the Drainer", () => _lifecycle.Progress?.CommitTs == 100, Cancelled);
        Assert.False(_lifecycle.Ended.IsCompleted);
        _registry.Add(NodeRole.Drainer, Drainer(100));

        await EndAsync();

        Assert.Equal(NodeState.Offline, _registry.Find(NodeRole.Pump, "host:8250").State);
        Assert.Equal(NodeState.Offline, _registration.State);
    }

    [Fact]
    public async Task Cancel_WhileLeaving_IsOnlineAndCanLeaveLater()
    {
        for (int round = 0; round < 20; round++)
        {
            Assert.Contains("success", await PutAsync("host:8250", "close"), StringComparison.Ordinal);
            Assert.Contains("success", await PutAsync("host:8250", "cancel"), StringComparison.Ordinal);
        }

        await Eventually.HoldsAsync("no attempt is left", () => _lifecycle.Progress is null, Cancelled);
        _registry.Add(NodeRole.Drainer, Drainer(100));
        Assert.False(_lifecycle.Ended.IsCompleted);
        await PutAsync("host:8250", "close");
        await EndAsync();

        Assert.Equal(NodeState.Offline, _registration.State);
    }

    [Fact]
    public async Task Dispose_WhileLeaving_StaysNeeded()
    {
        await PutAsync("host:8250", "close");
        await _lifecycle.DisposeAsync();
        await _registration.DisposeAsync();

        Assert.Equal(NodeState.Paused, _registry.Find(NodeRole.Pump, "host:8250").State);
        Assert.Contains("failed", await PutAsync("host:8250", "close"), StringComparison.Ordinal);
    }

    private static NodeStatus Drainer(long commitTs) => new() { NodeId = "d", Host = "d:8249", State = NodeState.Online, IsAlive = true, MaxCommitTs = commitTs };

    private async Task BringToAsync(NodeState state)
    {
        switch (state)
        {
            case NodeState.Pausing:
                await PutAsync("host:8250", "pause");
                break;
            case NodeState.Paused:
                await _registration.DisposeAsync();
                break;
            case NodeState.Closing:
                await PutAsync("host:8250", "close");
                break;
            case NodeState.Offline:
                _registry.Add(NodeRole.Drainer, Drainer(100));
                await PutAsync("host:8250", "close");
                await EndAsync();
                break;
            default:
                break;
        }

        Assert.Equal(state, _registration.State);
    }

    private Task EndAsync() => Eventually.HoldsAsync(
        "the Pump has left",
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _lifecycle.Ended.IsCompleted;
        },
        Cancelled);

    private async Task<string> PutAsync(string nodeId, string action)
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };
        context.Request.RouteValues["nodeID"] = nodeId;
        context.Request.RouteValues["action"] = action;
        await _endpoint.HandleAsync(context);
        await context.Response.BodyWriter.FlushAsync(Cancelled);
        Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
        return Encoding.UTF8.GetString(body.ToArray());
    }
}
