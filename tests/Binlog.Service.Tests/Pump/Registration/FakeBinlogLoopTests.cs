using Binlog.Cluster.Timestamps;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Registration;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Registration;

public sealed class FakeBinlogLoopTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FixedTso _tso = new();
    private readonly AnnouncementDemand _demand = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task StepAsync_ClusterIsFurther_MaxCommitTsFollows()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.CommitAsync(1, 2);
        await store.ReachAsync(2);
        _tso.Present = 50;

        await Loop(store).StepAsync(0, Cancelled);
        await store.ReachAsync(50);

        Assert.Equal([2ul], _tso.Observed);
        Assert.Equal(50ul, store.MaxCommitTs);
    }

    [Fact]
    public async Task StepAsync_ClusterIsNotFurther_NothingIsWritten()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(1, 2);
            await store.ReachAsync(2);
            _tso.Present = 2;

            await Loop(store).StepAsync(0, Cancelled);
        }

        await using var log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId);
        Assert.Equal(2, log.Kinds().Count);
    }

    [Fact]
    public async Task StepAsync_UndecidedPrewrite_FakeDoesNotOvertakeIt()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Prewrite(1));
        _tso.Present = 50;

        await Loop(store).StepAsync(0, Cancelled);
        await store.WriteAsync(TestBinlogs.Commit(1, 40));
        await store.ReachAsync(50);

        Assert.Equal([40ul], store.ReadAll());
    }

    [Fact]
    public async Task RunAsync_TsoComesBack_GoesOn()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var loop = new FakeBinlogLoop(store, _tso, _demand, TimeSpan.FromMilliseconds(5), TimeProvider.System, NullLogger.Instance);
        _tso.Failures = 3;
        _tso.Present = 50;

        Task running = loop.RunAsync(stop.Token);
        await store.ReachAsync(50);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task RunAsync_StoreCannotBeWrittenAnyMore_EndsSoThatTheProcessDoes()
    {
        var files = new FailingFileSystem();
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path, fileSystem: files);
        files.FlushesFail = true;
        await Assert.ThrowsAsync<LogFaultedException>(() => store.WriteAsync(TestBinlogs.Prewrite(1)));
        var loop = new FakeBinlogLoop(store, _tso, _demand, TimeSpan.FromMilliseconds(5), TimeProvider.System, NullLogger.Instance);

        var exception = await Assert.ThrowsAsync<ServiceException>(() => loop.RunAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));

        Assert.Contains("can't be written any more", exception.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, exception.ExitCode);
        files.FlushesFail = false;
    }

    [Fact]
    public async Task StepAsync_OrderStopped_NothingIsWritten()
    {
        await using (StoredLog log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId))
        {
            await log.AppendAsync(PumpRecordKind.Fake, 20, 20, TestBinlogs.Fake(20));
            await log.AppendAsync((PumpRecordKind)99, 3, 0, []);
        }

        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            Assert.NotNull(store.SortingFault);
            _tso.Present = 50;
            await Loop(store).StepAsync(0, Cancelled);
        }

        await using StoredLog after = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId);
        Assert.Equal(2, after.Kinds().Count);
    }

    /// <summary>The cluster may not have heard yet of what a Drainer has from another Pump.</summary>
    [Fact]
    public async Task StepAsync_DrainerWantsMoreThanWasSeen_TheClusterIsToldAndFakeFollows()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.CommitAsync(1, 2);
        await store.ReachAsync(2);

        await Loop(store).StepAsync(40, Cancelled);
        await store.ReachAsync(40);

        Assert.Equal([40ul], _tso.Observed);
    }

    [Fact]
    public async Task StepAsync_WhatADrainerWantsIsThere_NothingIsAskedOrWritten()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            await store.CommitAsync(1, 40);
            await store.ReachAsync(40);
            _tso.Present = 50;

            await Loop(store).StepAsync(40, Cancelled);
        }

        await using StoredLog log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId);
        Assert.Equal(2, log.Kinds().Count);
        Assert.Empty(_tso.Observed);
    }

    [Fact]
    public async Task StepAsync_DrainerWantsMoreThanAnUndecidedPrewriteLets_FakeDoesNotOvertakeIt()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.WriteAsync(TestBinlogs.Prewrite(1));

        await Loop(store).StepAsync(50, Cancelled);
        await store.WriteAsync(TestBinlogs.Commit(1, 40));
        await store.ReachAsync(50);

        Assert.Equal([40ul], store.ReadAll());
    }

    [Fact]
    public async Task RunAsync_SeveralAsk_OneFakeAnswersThemLongBeforeTheInterval()
    {
        await using (PumpStore store = await StoreDriver.OpenAsync(_directory.Path))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            Task[] answers = [_demand.AskAsync(20), _demand.AskAsync(50), _demand.AskAsync(30)];

            Task running = Patient(store).RunAsync(stop.Token);
            await Task.WhenAll(answers);
            await store.ReachAsync(50);
            await stop.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        }

        await using StoredLog log = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId);
        Assert.Single(log.Kinds());
    }

    [Fact]
    public async Task RunAsync_AskedWhileTheTsoIsAway_SaysSoAndGoesOn()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        _tso.Failures = 1;
        Task running = Patient(store).RunAsync(stop.Token);

        var exception = await Assert.ThrowsAsync<Binlog.Cluster.ClusterException>(() => _demand.AskAsync(50));
        await _demand.AskAsync(50);
        await store.ReachAsync(50);
        await stop.CancelAsync();

        Assert.Equal("away", exception.Message);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task RunAsync_AskedTwice_SecondAnswerKeepsTheSpacing()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var time = new SkippingTimeProvider(FakeBinlogLoop.LeastSpacing);
        Task running = new FakeBinlogLoop(store, _tso, _demand, TimeSpan.FromHours(1), time, NullLogger.Instance).RunAsync(stop.Token);

        await _demand.AskAsync(20);
        DateTimeOffset first = time.GetUtcNow();
        await _demand.AskAsync(30);
        DateTimeOffset second = time.GetUtcNow();
        await stop.CancelAsync();

        Assert.Equal(FakeBinlogLoop.LeastSpacing, second - first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private FakeBinlogLoop Patient(PumpStore store) => new(store, _tso, _demand, TimeSpan.FromHours(1), TimeProvider.System, NullLogger.Instance);

    private FakeBinlogLoop Loop(PumpStore store) => new(store, _tso, _demand, TimeSpan.FromSeconds(1), new SkippingTimeProvider(TimeSpan.Zero), NullLogger.Instance);

    private sealed class FixedTso : ITsoSource
    {
        public ulong Present { get; set; }

        public int Failures { get; set; }

        public List<ulong> Observed { get; } = [];

        public ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken) => ValueTask.FromResult(Present += (ulong)count);

        public ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken)
        {
            Observed.Add(seen);
            return Failures-- > 0 ? throw new Binlog.Cluster.ClusterException("away", isTransient: true) : ValueTask.FromResult(Math.Max(Present, seen));
        }
    }
}
