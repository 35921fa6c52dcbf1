using Binlog.Cluster.Registry;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Embedded;
using Binlog.Service.Membership;
using Binlog.Service.Tests.Drainer.Collecting;
using Binlog.Service.Tests.Pump.Leaving;
using Binlog.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;
using static Binlog.Service.Tests.Drainer.Collecting.FakePump;

namespace Binlog.Service.Tests.Drainer.Merging;

/// <summary>A Drainer that the registry takes for dead, while new Pumps start without it.</summary>
public sealed class MergeFenceTests : IAsyncDisposable
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly NodeTable _registry = new();
    private readonly Dictionary<string, FakePump> _pumps = [];
    private readonly NodeRegistration _registration;
    private readonly Merger _merger;
    private readonly Collector _collector;

    public MergeFenceTests()
    {
        _registration = new NodeRegistration(_registry, NodeRole.Drainer, new NodeAddress("d", "d:8249"), () => 0, _time, NullLogger.Instance);
        _merger = new Merger(10, new MergeFence(() => _registration.Term), NullLogger.Instance);
        _collector = new Collector(_registry, _merger, pump => _pumps[pump.NodeId], TestMemory.Create(), _time, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        await _registration.DisposeAsync();
    }

    [Fact]
    public async Task Read_StoodStillForALease_PassesNoPumpThatStartedMeanwhile()
    {
        Start("a", Transaction(50));
        await GoOnlineAsync();
        await _collector.RefreshAsync(Token);
        Assert.Equal([50UL], await ReadToAsync(50));
        _time.Advance(NodeLeases.Lease);
        Start("n", Transaction(100), Fake(300));
        await QueueAsync("a", Transaction(200), Fake(300));

        Task<List<ulong>> reading = ReadToAsync(300);
        Assert.False(reading.IsCompleted);
        Assert.Equal(50UL, _merger.LastTs);

        // Looks before the registry has heard it: another Pump may still start without it.
        await _collector.RefreshAsync(Token);
        Start("m", Transaction(90), Fake(300));
        await _registration.WriteUntilTakenAsync(Token);
        Assert.False(_merger.Fence.IsOpen);
        Assert.Equal(50UL, _merger.LastTs);

        await _collector.RefreshAsync(Token);
        Assert.Equal([90UL, 100UL, 200UL], await reading);
        Assert.Equal(50UL, _pumps["m"].Pulls.First());
    }

    /// <summary>The registry's own view does not depend on what the Drainer has asked: heartbeats that are taken keep the merge going.</summary>
    [Fact]
    public async Task Read_HeartbeatsAreTaken_GoesOn()
    {
        Start("a");
        await GoOnlineAsync();
        await _collector.RefreshAsync(Token);
        for (ulong commitTs = 50; commitTs < 60; commitTs++)
        {
            _time.Advance(NodeLeases.Lease - TimeSpan.FromSeconds(1));
            await _registration.WriteUntilTakenAsync(Token);
            await QueueAsync("a", Transaction(commitTs));
            Assert.Equal([commitTs], await ReadToAsync(commitTs));
        }
    }

    [Fact]
    public async Task Read_NotOnlineYet_WaitsUntilItIsAndHasLooked()
    {
        Start("a");
        await _collector.RefreshAsync(Token);
        await QueueAsync("a", Transaction(200), Fake(300));
        Task<List<ulong>> reading = ReadToAsync(300);
        Start("n", Transaction(100), Fake(300));

        await GoOnlineAsync();
        Assert.False(reading.IsCompleted);
        await _collector.RefreshAsync(Token);

        Assert.Equal([100UL, 200UL], await reading);
    }

    /// <summary>Each binlog is looked at by itself: what comes after the end of the lease is not in the batch, and new Pumps are pulled from where the batch ends.</summary>
    [Fact]
    public async Task Read_LeaseEndsWithinABatch_TheBatchEndsBeforeIt()
    {
        int looks = 1;
        var fence = new MergeFence(() => looks-- > 0 ? 1 : null);
        fence.EndLook(1);
        await using var run = new MergeRun(10, fence);
        await run.SetAsync(("a", new FakePump().Send(Transaction(11), Transaction(12), Transaction(13))));
        while (run.Source("a").LastTs < 13)
        {
            await Task.Yield();
        }

        var batch = new List<MergedBinlog>();
        await run.Merger.ReadBatchAsync(batch, int.MaxValue, Token);
        Assert.Equal(11UL, Assert.Single(batch).CommitTs);
        Assert.Equal(11UL, run.Merger.LastTs);

        Task<List<MergedBinlog>> rest = run.ReadToAsync(13);
        Assert.False(rest.IsCompleted);
        looks = 4;
        fence.EndLook(1);
        Assert.Equal([12UL, 13UL], (await rest).Select(binlog => binlog.CommitTs));
    }

    private Task GoOnlineAsync() => _registration.GoOnlineAsync(TimeSpan.FromHours(1), Token);

    private void Start(string name, params IEnumerable<PulledBinlog> binlogs)
    {
        _pumps[name] = new FakePump().Send(binlogs);
        _registry.Add(NodeRole.Pump, FakeRegistry.Pump(name));
    }

    /// <summary>Returns when the Drainer has it in its queue.</summary>
    private async Task QueueAsync(string name, params PulledBinlog[] binlogs)
    {
        _pumps[name].Send(binlogs);
        PumpSource source = _collector.Sources.Single(source => source.NodeId == name);
        while (source.LastTs < binlogs[^1].CommitTs)
        {
            await Task.Yield();
        }
    }

    private async Task<List<ulong>> ReadToAsync(ulong commitTs)
    {
        var batch = new List<MergedBinlog>();
        while (_merger.LastTs < commitTs)
        {
            await _merger.ReadBatchAsync(batch, int.MaxValue, Token);
        }

        return [.. batch.Where(binlog => !binlog.IsFake).Select(binlog => binlog.CommitTs)];
    }
}
