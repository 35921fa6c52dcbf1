using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Tests.Drainer.Merging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Drainer.Collecting;

public sealed class CollectorTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly FakeRegistry _registry = new();
    private readonly Merger _merger = new(100, OpenFence.Create(), NullLogger.Instance);
    private readonly Dictionary<string, FakePump> _pumps = [];
    private readonly Collector _collector;

    public CollectorTests() => _collector = new Collector(
        _registry,
        _merger,
        status => _pumps.TryGetValue(status.Host, out FakePump? pump) ? pump : _pumps[status.Host] = new FakePump(),
        TestMemory.Create(),
        new InstantTimeProvider(),
        NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _stop.CancelAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Refresh_NewPumps_ArePulledAfterTheLastMergedTs()
    {
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        Assert.Equal(["a", "b"], Names());

        _pumps["a:8250"].Send(FakePump.Transaction(200), FakePump.Fake(300));
        _pumps["b:8250"].Send(FakePump.Fake(300));
        await ReadToAsync(300);
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b"), FakeRegistry.Pump("c")];
        await RefreshAsync();

        Assert.Equal(["a", "b", "c"], Names());
        Assert.Equal(100UL, _pumps["a:8250"].Pulls.First());
        await WaitForPullAsync("c:8250");
        Assert.Equal([300UL], _pumps["c:8250"].Pulls);
        Assert.Single(_pumps["a:8250"].Pulls);
    }

    [Theory]
    [InlineData(NodeState.Online)]
    [InlineData(NodeState.Paused)]
    [InlineData(NodeState.Pausing)]
    [InlineData(NodeState.Closing)]
    public async Task Refresh_NotOffline_KeepsTheSource(NodeState state)
    {
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await RefreshAsync();
        PumpSource before = Assert.Single(_collector.Sources);
        _registry.Nodes = [FakeRegistry.Pump("a", state)];
        await RefreshAsync();

        Assert.Same(before, Assert.Single(_collector.Sources));
    }

    [Fact]
    public async Task Refresh_Offline_RemovesTheSourceAndMergingGoesOn()
    {
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        _pumps["a:8250"].Send(FakePump.Transaction(200));
        Task<List<ulong>> reading = ReadToAsync(200);
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b", NodeState.Offline)];
        await RefreshAsync();

        Assert.Equal([200UL], await reading);
        Assert.Equal(["a"], Names());
    }

    /// <summary>Set offline by hand, a Pump may have been pulled further than was merged.</summary>
    [Fact]
    public async Task Refresh_OfflineWithBinlogsQueued_MergesThemToTheEnd()
    {
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        _pumps["b:8250"].Send(FakePump.Transaction(150), FakePump.Transaction(250), FakePump.Transaction(350));
        PumpSource source = _collector.Sources.Single(source => source.NodeId == "b");
        while (source.LastTs < 350)
        {
            await Task.Yield();
        }

        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b", NodeState.Offline)];
        await RefreshAsync();
        _pumps["a:8250"].Send(FakePump.Transaction(200), FakePump.Transaction(300), FakePump.Fake(400));

        Assert.Equal([150UL, 200UL, 250UL, 300UL, 350UL], await ReadToAsync(400));
    }

    [Fact]
    public async Task Refresh_OfflineAndBack_IsPulledAgainAndMergedWithWhatWasLeft()
    {
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        _pumps["b:8250"].Send(FakePump.Transaction(150));
        while (_collector.Sources.Single(source => source.NodeId == "b").LastTs < 150)
        {
            await Task.Yield();
        }

        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b", NodeState.Offline)];
        await RefreshAsync();
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        _pumps["b:8250"].Send(FakePump.Transaction(250), FakePump.Fake(400));
        _pumps["a:8250"].Send(FakePump.Transaction(200), FakePump.Fake(400));

        Assert.Equal([150UL, 200UL, 250UL], await ReadToAsync(400));
    }

    [Fact]
    public async Task Refresh_FirstSeenOffline_IsIgnored()
    {
        _registry.Nodes = [FakeRegistry.Pump("a", NodeState.Offline)];
        await RefreshAsync();

        Assert.Empty(_collector.Sources);
    }

    [Fact]
    public async Task Refresh_Paused_IsWaitedForButNotAskedInVain()
    {
        _pumps["b:8250"] = new FakePump();
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b", NodeState.Paused)];
        await RefreshAsync();
        _pumps["a:8250"].Send(FakePump.Transaction(200), FakePump.Fake(400));
        Task<List<ulong>> reading = ReadToAsync(400);
        while (_collector.Sources.Single(source => source.NodeId == "b").Failure is null || _merger.WaitsFor.All(source => source.NodeId != "b"))
        {
            await Task.Yield();
        }

        Assert.Contains("paused", _collector.Sources.Single(source => source.NodeId == "b").Failure, StringComparison.Ordinal);
        Assert.Empty(_pumps["b:8250"].Pulls);
        Assert.False(reading.IsCompleted);

        _pumps["b:8250"].Send(FakePump.Transaction(150), FakePump.Fake(400));
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();

        Assert.Equal([150UL, 200UL], await reading);
        Assert.Equal([100UL], _pumps["b:8250"].Pulls);
    }

    [Fact]
    public async Task Refresh_PumpMoved_GoesOnAtTheNewAddressWithNothingTwice()
    {
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        _pumps["a:8250"].Send(FakePump.Transaction(200), FakePump.Transaction(250), FakePump.Transaction(300));
        _pumps["b:8250"].Send(FakePump.Fake(200));
        Assert.Equal([200UL], await ReadToAsync(200));

        _pumps["new:1"] = new FakePump().Send(FakePump.Transaction(200), FakePump.Transaction(250), FakePump.Transaction(300));
        _registry.Nodes = [FakeRegistry.Pump("a", host: "new:1"), FakeRegistry.Pump("b")];
        await RefreshAsync();
        _pumps["b:8250"].Send(FakePump.Fake(400));

        Assert.Equal([250UL, 300UL], await ReadToAsync(300));
        Assert.Equal([200UL], _pumps["new:1"].Pulls);
    }

    [Fact]
    public async Task Run_RegistryAway_KeepsWhatIsKnownAndGoesOnAsking()
    {
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await RefreshAsync();
        for (int count = 0; count < 5; count++)
        {
            _registry.Failures.Enqueue(new ClusterException("away", isTransient: true));
        }

        Task running = _collector.RunAsync(_stop.Token);
        while (_registry.Questions < 8)
        {
            Assert.False(running.IsFaulted, running.Exception?.Message);
            await Task.Yield();
        }

        Assert.Equal(["a"], Names());
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Merging waits for the first look after the registry has heard the Drainer again: that must not be the one of the usual interval.</summary>
    [Fact]
    public async Task Run_MergingWaitsForALook_LooksSoon()
    {
        var time = new InstantTimeProvider();
        DateTimeOffset began = time.GetUtcNow();
        var heard = new TaskCompletionSource<TimeSpan>();
        var fence = new MergeFence(Term);
        _registry.Nodes = [FakeRegistry.Pump("a")];
        await using var collector = new Collector(_registry, new Merger(100, fence, NullLogger.Instance), _ => new FakePump(), TestMemory.Create(), time, NullLogger.Instance);
        Task opened = fence.Next;
        Task running = collector.RunAsync(_stop.Token);
        await opened.WaitAsync(TimeSpan.FromMinutes(1), _stop.Token);
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.True(fence.IsOpen);
        Assert.InRange(await heard.Task, TimeSpan.Zero, TimeSpan.FromSeconds(1));

        long? Term()
        {
            if (_registry.Questions < 4)
            {
                return null;
            }

            heard.TrySetResult(time.GetUtcNow() - began);
            return 1;
        }
    }

    [Fact]
    public async Task Run_RegistryDamaged_Ends()
    {
        _registry.Failures.Enqueue(new ClusterException("a node status that can't be read"));

        ClusterException error = await Assert.ThrowsAsync<ClusterException>(() => _collector.RunAsync(_stop.Token));
        Assert.Contains("can't be read", error.Message, StringComparison.Ordinal);
    }

    /// <summary>An answer of the registry from before a Pump came online must not undo what a later one did: merging would pass that Pump.</summary>
    [Fact]
    public async Task Refresh_OlderAnswerComesLater_DoesNotTakeTheNewPumpAway()
    {
        var hold = new TaskCompletionSource();
        _registry.Nodes = [FakeRegistry.Pump("a")];
        _registry.Hold = hold.Task;
        Task older = RefreshAsync();
        _registry.Nodes = [FakeRegistry.Pump("a"), FakeRegistry.Pump("b")];
        _registry.Hold = Task.CompletedTask;
        Task newer = RefreshAsync();
        hold.SetResult();
        await Task.WhenAll(older, newer);

        Assert.Equal(["a", "b"], Names());
    }

    /// <summary>A Pump that comes online asks to be known and waits; it must not have to wait until a full relay log has room again.</summary>
    [Fact]
    public async Task Refresh_NobodyReadsTheMerge_IsDoneAtOnce()
    {
        _registry.Nodes = [FakeRegistry.Pump("a")];
        Task refreshed = _collector.RefreshAsync(_stop.Token);

        Assert.True(refreshed.IsCompletedSuccessfully);
        Assert.Equal(["a"], Names());
    }

    private async Task RefreshAsync()
    {
        Task refreshed = _collector.RefreshAsync(_stop.Token);
        await refreshed.WaitAsync(TimeSpan.FromMinutes(1), _stop.Token);
    }

    private async Task<List<ulong>> ReadToAsync(ulong commitTs)
    {
        var transactions = new List<ulong>();
        while (_merger.LastTs < commitTs)
        {
            var batch = new List<MergedBinlog>();
            await _merger.ReadBatchAsync(batch, 1, _stop.Token);
            transactions.AddRange(batch.Where(binlog => !binlog.IsFake).Select(binlog => binlog.CommitTs));
        }

        return transactions;
    }

    private async Task WaitForPullAsync(string address)
    {
        while (_pumps[address].Pulls.IsEmpty)
        {
            await Task.Yield();
        }
    }

    private IEnumerable<string> Names() => _collector.Sources.Select(source => source.NodeId);
}
