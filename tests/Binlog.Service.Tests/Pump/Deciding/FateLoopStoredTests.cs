using Binlog.Service.Hosting;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Storage.Indexing;
using Binlog.TestKit.Time;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>What becomes of an answer between its being stored and its being taken up by the order.</summary>
public sealed class FateLoopStoredTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly RecordedLog _log = new();
    private readonly ScriptedFate _source = new();
    private readonly FakeUndecidedStore _store;
    private readonly ClusterTime _cluster;
    private readonly FateLoop _loop;

    public FateLoopStoredTests()
    {
        _store = new FakeUndecidedStore(_time);
        _cluster = new ClusterTime(_time);
        _loop = new FateLoop(_store, _source, _cluster, _time, _log);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What is flushed isn't in order at once, so the next round looks.</summary>
    [Theory]
    [InlineData(50, 1)]
    [InlineData(60, 0)]
    public async Task StepAsync_StoredButTheWritersOutcomeCounts_CountedOnlyWhenItIsTheSame(int writersCommitTs, int counted)
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _store.Sorts = false;
        _source.Write = _ => Task.FromResult(TransactionFate.Committed(startTs + 50, "record of type Put"));
        _time.Advance(TimeSpan.FromSeconds(1));
        await _loop.StepAsync(Cancelled);
        Assert.Equal(0, _loop.Decisions);

        _store.Decide(startTs, startTs + (ulong)writersCommitTs);
        await _loop.StepAsync(Cancelled);
        await _loop.StepAsync(Cancelled);

        Assert.Equal(counted, _loop.Decisions);
    }

    /// <summary>While the order can't go on, an answer would be stored again in every round.</summary>
    [Fact]
    public async Task StepAsync_StoredAndNotTakenUpYet_NotAskedAgain()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _store.Sorts = false;
        _source.Write = _ => Task.FromResult(TransactionFate.Committed(startTs + 50, "record of type Put"));
        _time.Advance(TimeSpan.FromSeconds(1));

        await _loop.StepAsync(Cancelled);
        Assert.True(await _loop.StepAsync(Cancelled));

        Assert.Single(_store.Decisions);
        Assert.Single(_source.WritesAsked);
    }

    /// <summary>The outcome could not be in its place: somebody has to decide anew.</summary>
    [Fact]
    public async Task StepAsync_StoredAndTakenUpWithoutEffect_AskedAgain()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _store.Sorts = false;
        _store.HasSortedAll = true;
        _source.Write = _ => Task.FromResult(TransactionFate.Committed(startTs + 50, "record of type Put"));
        _time.Advance(TimeSpan.FromSeconds(1));

        await _loop.StepAsync(Cancelled);
        await _loop.StepAsync(Cancelled);

        Assert.Equal(2, _source.WritesAsked.Count);
        Assert.Equal(0, _loop.Decisions);
    }

    [Fact]
    public async Task StepAsync_OutcomeOfADecisionCannotBeReadForAWhile_CountedLater()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _source.Write = _ => Task.FromResult(TransactionFate.RolledBack("gone"));
        _store.FailFate = () => _store.Decisions.Count > 0 ? new IndexReadException("1.idx", new IOException("too many open files")) : null;
        _time.Advance(TimeSpan.FromSeconds(1));

        await _loop.StepAsync(Cancelled);
        await _loop.StepAsync(Cancelled);

        Assert.Contains("too many open files", Assert.Single(_log.Of(EventIds.PumpFateFailed)), StringComparison.Ordinal);
        Assert.Equal((0, 2), (_loop.Decisions, _loop.Failures));
        _store.FailFate = () => null;
        Assert.True(await _loop.StepAsync(Cancelled));
        Assert.Equal(1, _loop.Decisions);
    }
}
