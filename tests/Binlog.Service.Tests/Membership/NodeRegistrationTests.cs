using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.Service.Tests.Pump.Leaving;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Membership;

public sealed class NodeRegistrationTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(250));
    private readonly NodeTable _registry = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NodeState.Offline)]
    [InlineData(NodeState.Paused)]
    public async Task FindPreviousState_NotAlive_IsReturned(NodeState state)
    {
        _registry.Add(NodeRole.Pump, Entry("other:1", state));
        await using NodeRegistration registration = Registration();

        Assert.Equal(state, await registration.FindPreviousStateAsync(Cancelled));
    }

    [Fact]
    public async Task FindPreviousState_Unknown_IsOffline()
    {
        await using NodeRegistration registration = Registration();

        Assert.Equal(NodeState.Offline, await registration.FindPreviousStateAsync(Cancelled));
    }

    /// <summary>It listens there, so nobody else can.</summary>
    [Fact]
    public async Task FindPreviousState_AliveAtTheSameAddress_GoesOnAtOnce()
    {
        _registry.Add(NodeRole.Pump, Entry("own:1", NodeState.Closing) with { IsAlive = true });
        await using NodeRegistration registration = Registration();

        Assert.Equal(NodeState.Closing, await registration.FindPreviousStateAsync(Cancelled));
        Assert.Equal(0, _time.Skips);
    }

    [Fact]
    public async Task FindPreviousState_AliveElsewhere_RefusedAtTheNextHeartbeat()
    {
        _registry.Add(NodeRole.Pump, Entry("other:1", NodeState.Online) with { IsAlive = true });
        await using NodeRegistration registration = Registration();
        Task<NodeState> finding = registration.FindPreviousStateAsync(Cancelled);
        Assert.False(finding.IsCompleted);

        _registry.Add(NodeRole.Pump, Entry("other:1", NodeState.Online) with { IsAlive = true, UpdateTs = 2 });

        var exception = await Assert.ThrowsAsync<StartFailedException>(() => finding);
        Assert.Contains("Another Pump runs under the node ID p: it is online at other:1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("this one is at own:1", exception.Message, StringComparison.Ordinal);
        Assert.Empty(_registry.Writes);
    }

    [Fact]
    public async Task FindPreviousState_KilledElsewhere_GoesOnWhenTheLeaseEnds()
    {
        _registry.Add(NodeRole.Pump, Entry("other:1", NodeState.Online) with { IsAlive = true });
        await using NodeRegistration registration = Registration();
        Task<NodeState> finding = registration.FindPreviousStateAsync(Cancelled);
        await Eventually.HoldsAsync("it looks again and again", () => _time.Skips > 10, Cancelled);
        Assert.False(finding.IsCompleted);

        _registry.Add(NodeRole.Pump, Entry("other:1", NodeState.Online));

        Assert.Equal(NodeState.Online, await finding);
    }

    [Fact]
    public async Task TryChange_FromAnotherState_DoesNothing()
    {
        await using NodeRegistration registration = await OnlineAsync();

        Assert.False(registration.TryChange(NodeState.Closing, NodeState.Offline));

        Assert.Equal(NodeState.Online, registration.State);
    }

    [Fact]
    public async Task TryChange_IsWrittenBeforeTheNextHeartbeat()
    {
        await using NodeRegistration registration = await OnlineAsync();

        Assert.True(registration.TryChange(NodeState.Online, NodeState.Closing));

        await Eventually.HoldsAsync("the registry has it", () => _registry.Find(NodeRole.Pump, "p").State == NodeState.Closing, Cancelled);
    }

    [Theory]
    [InlineData(NodeState.Pausing, null, NodeState.Paused)]
    [InlineData(NodeState.Closing, null, NodeState.Paused)]
    [InlineData(NodeState.Closing, NodeState.Offline, NodeState.Offline)]
    public async Task Dispose_AfterAChange_WritesTheLastState(NodeState passing, NodeState? afterwards, NodeState expected)
    {
        NodeRegistration registration = await OnlineAsync();
        registration.TryChange(NodeState.Online, passing, afterwards);
        await registration.DisposeAsync();

        Assert.Equal(expected, _registry.Writes.Last().State);
        Assert.Equal(expected, registration.State);
    }

    [Fact]
    public async Task Dispose_LeftButNotWritten_WritesIt()
    {
        NodeRegistration registration = await OnlineAsync();
        _registry.FailingWrites = 8;
        registration.TryChange(NodeState.Online, NodeState.Closing);
        registration.TryChange(NodeState.Closing, NodeState.Offline);
        await registration.DisposeAsync();

        Assert.Equal(NodeState.Offline, _registry.Find(NodeRole.Pump, "p").State);
    }

    [Fact]
    public async Task Dispose_RegistryAway_EndsAllTheSame()
    {
        NodeRegistration registration = await OnlineAsync();
        _registry.Failure = new ClusterException("away", isTransient: true);

        await registration.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), Cancelled);

        Assert.Equal(NodeState.Online, _registry.Find(NodeRole.Pump, "p").State);
    }

    [Fact]
    public async Task Dispose_NeverOnline_WritesNothing()
    {
        await Registration().DisposeAsync();

        Assert.Empty(_registry.Writes);
    }

    /// <summary>A process that was stopped beyond its lease, and goes on: somebody has given it up meanwhile.</summary>
    [Fact]
    public async Task Heartbeat_SetOfflineBySomebodyElse_EndsTheNodeAndStaysOffline()
    {
        NodeRegistration registration = await OnlineAsync();
        _registry.Add(NodeRole.Pump, Entry("own:1", NodeState.Offline));
        _time.Advance(Interval);

        var exception = await Assert.ThrowsAsync<ServiceException>(() => registration.GivenUp.WaitAsync(TimeSpan.FromSeconds(30), Cancelled));

        Assert.Equal(ExitCode.Failed, exception.ExitCode);
        Assert.Contains("The registry has Pump p as offline", exception.Message, StringComparison.Ordinal);
        Assert.Contains("own:1 takes nothing more and ends", exception.Message, StringComparison.Ordinal);
        Assert.Equal((NodeState.Offline, false), (registration.State, registration.IsSurelyOnline));
        await registration.DisposeAsync();
        Assert.Equal(NodeState.Offline, _registry.Find(NodeRole.Pump, "p").State);
    }

    [Fact]
    public async Task Dispose_SetOfflineBySomebodyElse_DoesNotBecomePaused()
    {
        NodeRegistration registration = await OnlineAsync();
        _registry.Add(NodeRole.Pump, Entry("own:1", NodeState.Offline));

        await registration.DisposeAsync();

        Assert.Equal(NodeState.Offline, _registry.Find(NodeRole.Pump, "p").State);
    }

    [Fact]
    public async Task GoOnline_FromOffline_IsTaken()
    {
        _registry.Add(NodeRole.Pump, Entry("own:1", NodeState.Offline));

        await using NodeRegistration registration = await OnlineAsync();

        Assert.Equal(NodeState.Online, _registry.Find(NodeRole.Pump, "p").State);
    }

    [Fact]
    public async Task TryResume_StillPaused_IsOnline()
    {
        _registry.Add(NodeRole.Pump, Entry("own:1", NodeState.Paused));
        await using NodeRegistration registration = Registration();

        Assert.True(await registration.TryResumeAsync(Interval, Cancelled));

        Assert.True(registration.IsSurelyOnline);
        Assert.Equal(NodeState.Online, _registry.Find(NodeRole.Pump, "p").State);
    }

    [Fact]
    public async Task TryResume_SetOfflineMeanwhile_StaysSoUntilItIsEnteredAnew()
    {
        _registry.Add(NodeRole.Pump, Entry("own:1", NodeState.Offline));
        await using NodeRegistration registration = Registration();

        Assert.False(await registration.TryResumeAsync(Interval, Cancelled));
        Assert.Equal((NodeState.Offline, false), (registration.State, registration.IsSurelyOnline));
        Assert.Empty(_registry.Writes);

        await registration.GoOnlineAsync(Interval, Cancelled);
        Assert.Equal(NodeState.Online, _registry.Find(NodeRole.Pump, "p").State);
    }

    /// <summary>A new Pump does not tell a Drainer that is entered as anything but online.</summary>
    [Fact]
    public async Task Term_OnlyWhileOnline()
    {
        await using NodeRegistration registration = Registration();
        Assert.Null(registration.Term);
        await registration.GoOnlineAsync(Interval, Cancelled);
        Assert.Equal(1, registration.Term);

        registration.TryChange(NodeState.Online, NodeState.Pausing);

        Assert.Null(registration.Term);
    }

    /// <summary>Between the end of a long stop and the first heartbeat that the registry takes nobody knows what has been decided meanwhile.</summary>
    [Fact]
    public async Task IsSurelyOnline_StoodStillForALease_IsFalseUntilAHeartbeatIsTaken()
    {
        await using NodeRegistration registration = await OnlineAsync();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.True(registration.IsSurelyOnline);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(registration.IsSurelyOnline);

        _registry.FailingWrites = 3;
        await registration.WriteUntilTakenAsync(Cancelled);
        Assert.Equal(0, _registry.FailingWrites);
        Assert.True(registration.IsSurelyOnline);

        _time.Advance(TimeSpan.FromSeconds(10));
        _registry.Failure = new ClusterException("away", isTransient: true);
        using (var few = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            Task writing = registration.WriteUntilTakenAsync(few.Token);
            int skips = _time.Skips;
            await Eventually.HoldsAsync("a heartbeat failed", () => _time.Skips > skips + 1, Cancelled);
            Assert.False(registration.IsSurelyOnline);
            await few.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TryChange_ToPaused_LivesAndKeepsItsTermWhereItIsTold(bool isTold)
    {
        var registration = new NodeRegistration(_registry, NodeRole.Pump, new NodeAddress("p", "own:1"), () => 5, _time, NullLogger.Instance) { IsToldWhilePaused = isTold };
        await registration.GoOnlineAsync(Interval, Cancelled);
        long? term = registration.Term;
        Assert.NotNull(term);

        Assert.True(registration.TryChange(NodeState.Online, NodeState.Paused));
        await Eventually.HoldsAsync("the registry has it", () => _registry.Find(NodeRole.Pump, "p").State == NodeState.Paused, Cancelled);
        Assert.True(_registry.Find(NodeRole.Pump, "p").IsAlive);
        Assert.Equal(isTold ? term : null, registration.Term);
        await registration.DisposeAsync();

        NodeStatus last = _registry.Find(NodeRole.Pump, "p");
        Assert.Equal((NodeState.Paused, false), (last.State, last.IsAlive));
    }

    private static NodeStatus Entry(string host, NodeState state) => new() { NodeId = "p", Host = host, State = state, UpdateTs = 1 };

    private NodeRegistration Registration() => new(_registry, NodeRole.Pump, new NodeAddress("p", "own:1"), () => 5, _time, NullLogger.Instance);

    private async Task<NodeRegistration> OnlineAsync()
    {
        NodeRegistration registration = Registration();
        await registration.GoOnlineAsync(Interval, Cancelled);
        return registration;
    }
}
