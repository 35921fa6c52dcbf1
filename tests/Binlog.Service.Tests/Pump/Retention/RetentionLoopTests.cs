using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Retention;
using Binlog.Service.Tests.Cluster;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Binlog.TiDB;

namespace Binlog.Service.Tests.Pump.Retention;

/// <summary>Loop, pass, watches and reports together, over a fake store, registry, disk and clock.</summary>
public sealed class RetentionLoopTests : IAsyncDisposable
{
    private const long Each = 10L << 20;
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly FakeRegistry _registry = new();
    private readonly CollectedLog _log = new();
    private readonly FakeRetainedStore _store;
    private DiskSpace _space = new(1000, 10_000);
    private DiskWatch? _disk;
    private RetentionPass? _pass;
    private RetentionLoop? _loop;

    public RetentionLoopTests() => _store = FakeRetainedStore.Daily(_time.GetUtcNow(), days: 20, Each);

    public ValueTask DisposeAsync() => _loop?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task StepAsync_AtTheStartAndAtTheInterval_RemovesWhatIsOld()
    {
        RetentionLoop loop = Loop();

        await loop.StepAsync(Token);
        Assert.Equal(DaysAgo(7), _store.OldestCommitTs);
        Assert.StartsWith("removed 14 segments", _pass!.Last!.Describe(), StringComparison.Ordinal);
        Assert.Equal((1L, 14L, 14 * Each), (_pass.Counts.Passes, _pass.Counts.RemovedSegments, _pass.Counts.RemovedBytes));
        _time.Advance(TimeSpan.FromMinutes(59));
        await loop.StepAsync(Token);
        Assert.Equal(1, _pass.Counts.Passes);
        _time.Advance(TimeSpan.FromMinutes(1));
        await loop.StepAsync(Token);
        Assert.Equal(2, _pass.Counts.Passes);

        Assert.Equal("interval", _pass.Last!.Trigger);
        Assert.Equal("everything is within the limits", _pass.Last.Describe());
    }

    [Fact]
    public async Task StepAsync_StoppedDrainer_IsKeptForAndNamedEveryTenMinutes()
    {
        AddDrainer("slow", NodeState.Paused, DaysAgo(10));
        AddDrainer("gone", NodeState.Offline, DaysAgo(19));
        RetentionLoop loop = Loop();

        for (int minute = 0; minute < 25; minute++)
        {
            await loop.StepAsync(Token);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(DaysAgo(10), _store.OldestCommitTs);
        IReadOnlyList<string> lines = _log.Of(EventIds.PumpDrainerHoldsBack);
        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.Contains("slow at slow:8249 (Paused) is at commit TS", line, StringComparison.Ordinal));
        Assert.InRange(Assert.Single(loop.Lags).HeldBackBytes, 2 * Each, 4 * Each);
        Assert.Empty(loop.Endangered);
    }

    [Fact]
    public async Task StepAsync_DrainerCatchesUp_WhatItHeldBackGoes()
    {
        var drainer = new MovableDrainer { CommitTs = DaysAgo(10) };
        RetentionLoop loop = Loop(registry: drainer);
        await loop.StepAsync(Token);
        Assert.Equal(DaysAgo(10), _store.OldestCommitTs);

        drainer.CommitTs = DaysAgo(0);
        _time.Advance(TimeSpan.FromHours(1));
        await loop.StepAsync(Token);

        Assert.Equal(DaysAgo(7), _store.OldestCommitTs);
    }

    [Fact]
    public async Task StepAsync_Delete_RemovesAndSaysWhoMissesIt()
    {
        AddDrainer("slow", NodeState.Online, DaysAgo(10));
        RetentionLoop loop = Loop(new RetentionOptions { Drainers = NeededBinlogs.Delete });

        await loop.StepAsync(Token);

        Assert.Equal(DaysAgo(7), _store.OldestCommitTs);
        string line = Assert.Single(_log.Of(EventIds.PumpNeededBinlogsRemoved));
        Assert.Contains($"the Drainer slow at slow:8249 needs: it has everything up to commit TS {DaysAgo(10)}, this Pump now begins at {DaysAgo(7)}", line, StringComparison.Ordinal);
        Assert.Equal(1, _pass!.Counts.NeededRemovals);
        Assert.True(Assert.Single(loop.Lags).IsTooLate);
        Assert.Equal(1, Assert.Single(loop.Endangered).Value);
    }

    [Fact]
    public async Task StepAsync_RegistryAway_KeepsEverythingAndSaysSoOnce()
    {
        _registry.FailNext(calls: 1000, isTransient: true);
        RetentionLoop loop = Loop(new RetentionOptions { Drainers = NeededBinlogs.Delete });

        for (int hour = 0; hour < 5; hour++)
        {
            await loop.StepAsync(Token);
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Empty(_store.Removals);
        Assert.Contains(FakeRegistry.Reason, Assert.Single(_log.Of(EventIds.PumpDrainersUnknown)), StringComparison.Ordinal);
        Assert.StartsWith("kept: the limit of pump.retention.age asks to remove up to", _pass!.Last!.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StepAsync_RegistryAwayAtAPass_IsTriedAgainAfterAMinute()
    {
        _registry.FailNext(calls: 1, isTransient: true);
        RetentionLoop loop = Loop();
        await loop.StepAsync(Token);
        Assert.True(_pass!.Last!.Plan.IsBlind);

        _time.Advance(TimeSpan.FromMinutes(1));
        await loop.StepAsync(Token);

        Assert.Equal(DaysAgo(7), _store.OldestCommitTs);
        Assert.Equal("the last one failed", _pass.Last!.Trigger);
    }

    [Fact]
    public async Task StepAsync_RegistryDoesNotAnswer_IsNotWaitedForLong()
    {
        RetentionLoop loop = Loop(registry: new MuteRegistry());

        Task step = loop.StepAsync(Token);
        Assert.False(step.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        await step.WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Empty(_store.Removals);
        Assert.True(_pass!.Last!.Plan.IsBlind);
    }

    [Fact]
    public async Task StepAsync_RemovalFails_IsReportedAndTriedAgain()
    {
        _store.Failures.Enqueue(new IOException("segment 3 can't be removed"));
        RetentionLoop loop = Loop();

        await loop.StepAsync(Token);
        Assert.Contains("segment 3 can't be removed", Assert.Single(_log.Of(EventIds.PumpRetentionFailed)), StringComparison.Ordinal);
        Assert.Equal((1L, "segment 3 can't be removed"), (_pass!.Counts.Failures, _pass.Last!.Error));
        _time.Advance(TimeSpan.FromSeconds(59));
        await loop.StepAsync(Token);
        Assert.Equal(1, _pass.Counts.Passes);
        _time.Advance(TimeSpan.FromSeconds(1));
        await loop.StepAsync(Token);

        Assert.Equal(DaysAgo(7), _store.OldestCommitTs);
        Assert.Equal((2L, 1L, null), (_pass.Counts.Passes, _pass.Counts.Failures, _pass.Last.Error));
    }

    [Fact]
    public async Task StepAsync_DiskGetsLow_PassesAtOnceAndEveryMinuteWhileItIs()
    {
        RetentionLoop loop = Loop();
        await loop.StepAsync(Token);

        _space = _space with { AvailableBytes = 100 };
        _time.Advance(TimeSpan.FromSeconds(3));
        await loop.StepAsync(Token);
        Assert.Equal((2L, "disk space has become low"), (_pass!.Counts.Passes, _pass.Last!.Trigger));
        for (int tick = 0; tick < 40; tick++)
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            await loop.StepAsync(Token);
        }

        Assert.Equal((4L, "disk space is low"), (_pass.Counts.Passes, _pass.Last.Trigger));
        _space = _space with { AvailableBytes = 1000 };
        _time.Advance(TimeSpan.FromMinutes(5));
        await loop.StepAsync(Token);
        Assert.Equal(4, _pass.Counts.Passes);
        Assert.Single(_log.Of(EventIds.PumpDiskLow));
    }

    [Fact]
    public async Task StepAsync_OverSize_RemovesTheOldest()
    {
        RetentionLoop loop = Loop(new RetentionOptions { SizeBytes = 5 * Each });

        await loop.StepAsync(Token);

        Assert.InRange(_store.Bytes, 4 * Each, 5 * Each);
        Assert.Equal(RetentionReason.Size, _pass!.Last!.Plan.Reason);
    }

    [Fact]
    public async Task TryTrigger_WhileAPassWorks_IsRefused()
    {
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Hold = hold.Task;
        RetentionLoop loop = Loop();
        loop.Start();
        Assert.False(await NextAnswerAsync(loop, whenNot: true));

        hold.SetResult();
        await Eventually.HoldsAsync("the first pass", () => _pass!.Counts.Passes == 1, Token);
        Assert.True(await NextAnswerAsync(loop, whenNot: false));
        await Eventually.HoldsAsync("the pass that was asked for", () => _pass!.Last is { Trigger: "on demand" }, Token);
    }

    [Fact]
    public async Task DisposeAsync_WhilePassing_EndsItAndTakesNoMore()
    {
        _store.Hold = new TaskCompletionSource().Task;
        RetentionLoop loop = Loop();
        loop.Start();
        await NextAnswerAsync(loop, whenNot: true);

        await loop.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token);
        _loop = null;

        Assert.False(loop.TryTrigger());
        Assert.Empty(_log.Of(EventIds.PumpRetentionFailed));
    }

    /// <summary>Asks until the answer changes from one to the other.</summary>
    private static async Task<bool> NextAnswerAsync(RetentionLoop loop, bool whenNot)
    {
        bool answer = whenNot;
        await Eventually.HoldsAsync("another answer to a trigger", () => (answer = loop.TryTrigger()) != whenNot, Token);
        return answer;
    }

    private static ulong DaysAgo(int days) => Tso.FromDateTimeOffset(new DateTimeOffset(2024, 5, 6, 7, 8, 9, TimeSpan.Zero).AddDays(-days)).Value;

    private void AddDrainer(string id, NodeState state, ulong commitTs) =>
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = id, Host = $"{id}:8249", State = state, MaxCommitTs = (long)commitTs });

    private RetentionLoop Loop(RetentionOptions? options = null, INodeRegistry? registry = null)
    {
        options ??= new RetentionOptions();
        _disk = new DiskWatch("/data", new DiskWatermarks(100, 10), _log, _ => _space);
        var drainers = new DrainerWatch(registry ?? _registry, _time, _log);
        _pass = new RetentionPass(_store, drainers, options, _time, _log);
        return _loop = new RetentionLoop(_store, _disk, drainers, _pass, options, _time, _log);
    }

    private sealed class MovableDrainer : INodeRegistry
    {
        public ulong CommitTs { get; set; }

        public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<NodeStatus>>(
            role == NodeRole.Drainer ? [new NodeStatus { NodeId = "d", Host = "d:8249", State = NodeState.Online, MaxCommitTs = (long)CommitTs }] : []);
    }

    private sealed class MuteRegistry : INodeRegistry
    {
        public Task PutAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RenewAsync(NodeRole role, NodeStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<bool> TryReplaceAsync(NodeRole role, NodeStatus expected, NodeStatus status, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<NodeStatus>> ListAsync(NodeRole role, CancellationToken cancellationToken) => new TaskCompletionSource<IReadOnlyList<NodeStatus>>().Task;
    }
}
