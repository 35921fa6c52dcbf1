using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Pump.Leaving;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Leaving;

public sealed class LeavingProcedureTests : IDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly FakeLeavingStore _store = new();
    private readonly NodeTable _registry = new();
    private readonly WritesInFlight _writes = new();
    private readonly LeavingProcedure _leaving;

    public LeavingProcedureTests() => _leaving = new LeavingProcedure(_store, _writes, _registry, _time, NullLogger.Instance);

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task Run_NoDrainer_EndsAtOnce()
    {
        await _leaving.RunAsync(_stop.Token);

        Assert.Null(_leaving.Progress);
    }

    [Fact]
    public async Task Run_WriteOnItsWay_IsWaitedForFirst()
    {
        int slot = _writes.Enter();
        Task running = _leaving.RunAsync(_stop.Token);
        Assert.Equal(LeavingPhase.Finishing, _leaving.Progress?.Phase);
        Assert.False(running.IsCompleted);

        _store.IsSorted = false;
        _writes.Leave(slot);
        await ReachAsync(progress => progress.Message.Contains("puts in order", StringComparison.Ordinal));
        _store.IsSorted = true;

        await EndAsync(running);
    }

    [Fact]
    public async Task Run_UndecidedTransaction_IsWaitedForAndNamed()
    {
        _store.OrderProblem = "the transaction of start TS 5 has no outcome yet";
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress is { Phase: LeavingPhase.Deciding, CommitTs: 0 } && progress.Message.Contains("start TS 5", StringComparison.Ordinal));

        _store.OrderProblem = null;

        await EndAsync(running);
    }

    [Fact]
    public async Task Run_DrainersBehind_AllAreWaitedFor()
    {
        SetDrainer("a", 99);
        SetDrainer("b", 20);
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress is { Phase: LeavingPhase.Delivering, CommitTs: 100, Drainers.Count: 2 });

        SetDrainer("b", 100);
        await ReachAsync(progress => !progress.Message.Contains("Drainer b", StringComparison.Ordinal) && progress.Message.Contains("Drainer a at a:8249 has applied up to commit TS 99", StringComparison.Ordinal));
        Assert.False(running.IsCompleted);
        SetDrainer("a", 100);

        await EndAsync(running);
    }

    /// <summary>In a busy cluster the max commit TS never stands still, and Drainers are always a little behind it.</summary>
    [Fact]
    public async Task Run_FakesGoOn_WhatIsWaitedForStaysTheSame()
    {
        SetDrainer("a", 20);
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress.CommitTs == 100);
        _store.MaxCommitTs = 500;
        SetDrainer("a", 30);
        await ReachAsync(progress => progress.Drainers[0].MaxCommitTs == 30);
        Assert.Equal(100UL, _leaving.Progress!.CommitTs);
        SetDrainer("a", 101);

        await EndAsync(running);
    }

    [Fact]
    public async Task Run_CommitWithoutPrewriteComes_BringsTheQuestionUpAgain()
    {
        SetDrainer("a", 20);
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress.CommitTs == 100);
        _store.OrderProblem = "the transaction of start TS 7, committed at 150, has no prewrite here yet";
        await ReachAsync(progress => progress.Phase == LeavingPhase.Deciding);
        SetDrainer("a", 140);
        _store.MaxCommitTs = 160;
        _store.OrderProblem = null;
        await ReachAsync(progress => progress.CommitTs == 160);
        Assert.False(running.IsCompleted);
        SetDrainer("a", 160);

        await EndAsync(running);
    }

    [Theory]
    [InlineData(NodeState.Online, false, "is online but sends no heartbeats, and has applied up to commit TS 20, needed is 100. Start it again")]
    [InlineData(NodeState.Paused, false, "is paused and has applied up to commit TS 20")]
    public async Task Run_DrainerGone_SaysWhichAndWhatToDo(NodeState state, bool isAlive, string expected)
    {
        SetDrainer("a", 20, state, isAlive);
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress.Message.Contains(expected, StringComparison.Ordinal));
        Assert.Contains("PUT /drainers/a/offline", _leaving.Progress!.Message, StringComparison.Ordinal);

        SetDrainer("a", 20, NodeState.Offline, isAlive: false);

        await EndAsync(running);
    }

    [Fact]
    public async Task Run_RegistryAway_WaitsForIt()
    {
        _registry.Failure = new ClusterException("the registry is away", isTransient: true);
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress.Message.Contains("the registry is away", StringComparison.Ordinal));

        _registry.Failure = null;

        await EndAsync(running);
    }

    [Fact]
    public async Task Run_Cancelled_EndsWithoutProgress()
    {
        SetDrainer("a", 20);
        Task running = _leaving.RunAsync(_stop.Token);
        await ReachAsync(progress => progress.CommitTs == 100);

        await _stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Null(_leaving.Progress);
    }

    private void SetDrainer(string id, long commitTs, NodeState state = NodeState.Online, bool isAlive = true) =>
        _registry.Add(NodeRole.Drainer, new NodeStatus { NodeId = id, Host = $"{id}:8249", State = state, IsAlive = isAlive, MaxCommitTs = commitTs });

    private Task ReachAsync(Func<LeavingProgress, bool> condition) => Eventually.HoldsAsync(
        "the progress is as expected",
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _leaving.Progress is { } progress && condition(progress);
        },
        _stop.Token);

    private Task EndAsync(Task running) => Eventually.HoldsAsync(
        "the Pump can go",
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return running.IsCompletedSuccessfully;
        },
        _stop.Token);
}
