using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Refetching;
using Binlog.Service.Tests.Drainer.Collecting;
using Grpc.Core;

namespace Binlog.Service.Tests.Drainer.Refetching;

public sealed class RefetchCheckTests
{
    private const ulong After = 500;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly Dictionary<string, FakePump> _pumps = new() { ["p1"] = new FakePump(), ["p2"] = new FakePump() };
    private readonly FakeRegistry _registry = new() { Nodes = [FakeRegistry.Pump("p1"), FakeRegistry.Pump("p2", NodeState.Paused)] };
    private readonly ApplyProgress _progress = new();

    [Fact]
    public async Task Run_EveryPumpAccepts_AsksEachOnceAfterTheCommitTs()
    {
        _pumps["p1"].Send(FakePump.Transaction(501));

        await RunAsync();

        Assert.All(_pumps.Values, pump => Assert.Equal([After], pump.Pulls));
        Assert.Null(_progress.Failure);
    }

    [Theory]
    [InlineData(StatusCode.OutOfRange)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.DataLoss)]
    public async Task Run_OneRefuses_NamesItAndItsReason(StatusCode code)
    {
        _pumps["p2"].Refusal = new RpcException(new Status(code, "binlogs up to commit TS 600 are removed."));

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(RunAsync);

        Assert.Equal("the Pump p2 at p2:8250 refuses to be pulled after commit TS 500: binlogs up to commit TS 600 are removed", error.Message);
    }

    [Fact]
    public async Task Run_PumpAndRegistryAreAwayForAWhile_WaitsAndSaysSo()
    {
        _registry.Failures.Enqueue(new ClusterException("no route", isTransient: true));
        _pumps["p2"].Refusal = new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task running = Check(new InstantTimeProvider()).RunAsync(After, stop.Token);
        while (_pumps["p2"].Pulls.Count < 3)
        {
            await Task.Yield();
        }

        Assert.False(running.IsCompleted);
        Assert.Contains("the Pump p2 at p2:8250 must say", _progress.Failure!, StringComparison.Ordinal);
        _pumps["p2"].Refusal = null;
        await running;
    }

    [Fact]
    public async Task Run_OfflinePumpHadMore_NamesIt()
    {
        _registry.Nodes = [.. _registry.Nodes, FakeRegistry.Pump("p3", NodeState.Offline) with { MaxCommitTs = 501 }];

        DrainerException error = await Assert.ThrowsAsync<DrainerException>(RunAsync);

        Assert.Equal("the Pump p3 is offline and got binlogs up to commit TS 501", error.Message);
    }

    [Fact]
    public async Task Run_OfflinePumpHadNothingMore_IsNotAsked()
    {
        _registry.Nodes = [.. _registry.Nodes, FakeRegistry.Pump("p3", NodeState.Offline) with { MaxCommitTs = 500 }];

        await RunAsync();
    }

    [Fact]
    public async Task Run_NoPumpIsLeft_SaysSo()
    {
        _registry.Nodes = [FakeRegistry.Pump("p3", NodeState.Offline)];

        Assert.Contains("no Pump", (await Assert.ThrowsAsync<DrainerException>(RunAsync)).Message, StringComparison.Ordinal);
    }

    private Task RunAsync() => Check(TimeProvider.System).RunAsync(After, Token);

    private RefetchCheck Check(TimeProvider time) => new(_registry, pump => _pumps[pump.NodeId], _progress, time);
}
