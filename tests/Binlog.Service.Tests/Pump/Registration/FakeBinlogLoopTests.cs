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

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task StepAsync_ClusterIsFurther_MaxCommitTsFollows()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        await store.CommitAsync(1, 2);
        await store.ReachAsync(2);
        _tso.Present = 50;

        await Loop(store).StepAsync(Cancelled);
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

            await Loop(store).StepAsync(Cancelled);
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

        await Loop(store).StepAsync(Cancelled);
        await store.WriteAsync(TestBinlogs.Commit(1, 40));
        await store.ReachAsync(50);

        Assert.Equal([40ul], store.ReadAll());
    }

    [Fact]
    public async Task RunAsync_TsoComesBack_GoesOn()
    {
        await using PumpStore store = await StoreDriver.OpenAsync(_directory.Path);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var loop = new FakeBinlogLoop(store, _tso, TimeSpan.FromMilliseconds(5), TimeProvider.System, NullLogger.Instance);
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
        var loop = new FakeBinlogLoop(store, _tso, TimeSpan.FromMilliseconds(5), TimeProvider.System, NullLogger.Instance);

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
            await Loop(store).StepAsync(Cancelled);
        }

        await using StoredLog after = await StoredLog.OpenAsync(_directory.Path, StoreDriver.ClusterId);
        Assert.Equal(2, after.Kinds().Count);
    }

    private FakeBinlogLoop Loop(PumpStore store) => new(store, _tso, TimeSpan.FromSeconds(1), new SkippingTimeProvider(TimeSpan.Zero), NullLogger.Instance);

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
