using System.Net;
using Binlog.Cluster.Registry;
using Binlog.Service.Embedded;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Registration;
using Binlog.Service.Tests.Cluster;
using Binlog.TestKit.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Registration;

public sealed class DrainerNotifierTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromSeconds(1));
    private readonly FakeRegistry _registry;

    public DrainerNotifierTests() => _registry = new FakeRegistry(_time);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DrainerNotifier Notifier => new(_registry, _time, NullLogger.Instance);

    [Fact]
    public async Task NotifyAllAsync_NoDrainers_Returns() => await Notifier.NotifyAllAsync(Cancelled);

    [Fact]
    public async Task NotifyAllAsync_LivingDrainers_EachIsNotified()
    {
        await using FakeDrainer one = await FakeDrainer.StartAsync();
        await using FakeDrainer two = await FakeDrainer.StartAsync();
        await using FakeDrainer paused = await FakeDrainer.StartAsync();
        _registry.Add(NodeRole.Drainer, one.Status("one", NodeState.Online, _time.GetUtcNow()));
        _registry.Add(NodeRole.Drainer, two.Status("two", NodeState.Online, _time.GetUtcNow()));
        _registry.Add(NodeRole.Drainer, paused.Status("paused", NodeState.Paused, _time.GetUtcNow()));
        await using FakeDrainer stopped = await FakeDrainer.StartAsync();
        _registry.Add(NodeRole.Drainer, stopped.Status("stopped", NodeState.Paused, _time.GetUtcNow() - FakeRegistry.Lease));

        await Notifier.NotifyAllAsync(Cancelled);

        Assert.Equal((1, 1, 1, 0), (one.Notified, two.Notified, paused.Notified, stopped.Notified));
    }

    [Fact]
    public async Task NotifyAllAsync_DeadDrainer_HoldsNobodyUp()
    {
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = "dead", Host = FreePort.Address(), State = NodeState.Online, UpdateTs = (_time.GetUtcNow() - FakeRegistry.Lease).ToUnixTimeMilliseconds() << 18 });

        await Notifier.NotifyAllAsync(Cancelled);

        Assert.Equal(0, _time.Skips);
    }

    [Fact]
    public async Task NotifyAllAsync_DrainerDiesMeanwhile_WaitsUntilItsHeartbeatIsOld()
    {
        DateTimeOffset heartbeat = _time.GetUtcNow();
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = "dying", Host = FreePort.Address(), State = NodeState.Online, UpdateTs = heartbeat.ToUnixTimeMilliseconds() << 18 });

        await Notifier.NotifyAllAsync(Cancelled);

        Assert.True(_time.GetUtcNow() - heartbeat >= NodeLeases.Lease);
    }

    [Fact]
    public async Task NotifyAllAsync_DrainerLivesButRefuses_FailsInTheEnd()
    {
        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        drainer.Refuses = true;
        _registry.Add(NodeRole.Drainer, drainer.Status("deaf", NodeState.Online, _time.GetUtcNow().AddHours(1)));

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => Notifier.NotifyAllAsync(Cancelled));

        Assert.StartsWith($"fail to notify all living drainer: deaf at {drainer.Address} is alive but did not answer: Unavailable: the registry is away", exception.Message, StringComparison.Ordinal);
        Assert.Equal(40, drainer.Notified);
    }

    /// <summary>One that can't reach the registry has lost its lease, but still merges.</summary>
    [Fact]
    public async Task NotifyAllAsync_DrainerWithoutALeaseAnswersWithAnError_FailsInTheEnd()
    {
        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        drainer.Refuses = true;
        _registry.Add(NodeRole.Drainer, drainer.Status("cut off", NodeState.Online, _time.GetUtcNow().AddHours(-1)));

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => Notifier.NotifyAllAsync(Cancelled));

        Assert.Contains("cut off", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NotifyAllAsync_ProxyOfADeadDrainerSpeaksGrpc_HoldsNobodyUp()
    {
        await using FakeDrainer proxy = await FakeDrainer.StartAsync();
        (proxy.Refuses, proxy.IsProxy) = (true, true);
        _registry.Add(NodeRole.Drainer, proxy.Status("dead", NodeState.Online, _time.GetUtcNow().AddHours(-1)));

        await Notifier.NotifyAllAsync(Cancelled);

        Assert.Equal((1, 0), (proxy.Notified, _time.Skips));
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task NotifyAllAsync_ProxyOfADeadDrainerSpeaksHttp_HoldsNobodyUp(int status)
    {
        int asked = 0;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication proxy = builder.Build();
        proxy.Run(context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await proxy.StartAsync(Cancelled);
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = "dead", Host = new Uri(proxy.Urls.Single()).Authority, State = NodeState.Online });

        await Notifier.NotifyAllAsync(Cancelled);

        Assert.Equal((1, 0), (asked, _time.Skips));
    }

    [Fact]
    public async Task TellAsync_NobodyAnswers_ReturnsAfterOneTry()
    {
        await using FakeDrainer refusing = await FakeDrainer.StartAsync();
        refusing.Refuses = true;
        await using FakeDrainer told = await FakeDrainer.StartAsync();
        _registry.Add(NodeRole.Drainer, refusing.Status("refusing", NodeState.Online, _time.GetUtcNow()));
        _registry.Add(NodeRole.Drainer, told.Status("told", NodeState.Online, _time.GetUtcNow()));
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = "away", Host = FreePort.Address(), State = NodeState.Online, UpdateTs = _time.GetUtcNow().ToUnixTimeMilliseconds() << 18 });

        await Notifier.TellAsync(Cancelled);
        _registry.FailNext(1, isTransient: true);
        await Notifier.TellAsync(Cancelled);

        Assert.Equal((1, 1), (refusing.Notified, told.Notified));
    }

    [Fact]
    public async Task NotifyAllAsync_RegistryComesBack_Notifies()
    {
        await using FakeDrainer drainer = await FakeDrainer.StartAsync();
        _registry.Add(NodeRole.Drainer, drainer.Status("one", NodeState.Online, _time.GetUtcNow()));
        _registry.FailNext(5, isTransient: true);

        await Notifier.NotifyAllAsync(Cancelled);

        Assert.Equal(1, drainer.Notified);
    }

    [Fact]
    public async Task NotifyAllAsync_RegistryStaysAway_Fails()
    {
        _registry.FailNext(int.MaxValue, isTransient: true);

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => Notifier.NotifyAllAsync(Cancelled));

        Assert.Contains(FakeRegistry.Reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NotifyAllAsync_RegistryRefuses_FailsAtOnce()
    {
        _registry.FailNext(1, isTransient: false);

        await Assert.ThrowsAsync<Binlog.Cluster.ClusterException>(() => Notifier.NotifyAllAsync(Cancelled));

        Assert.Equal(0, _time.Skips);
    }
}
