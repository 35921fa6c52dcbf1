using System.Collections.Concurrent;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Storage;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;

namespace Binlog.Service.Tests.Pump.Deciding;

public sealed class FateLoopTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly RecordedLog _log = new();
    private readonly ScriptedFate _source = new();
    private readonly FakeUndecidedStore _store;
    private readonly ClusterTime _cluster;
    private readonly FateLoop _loop;

    public FateLoopTests()
    {
        _store = new FakeUndecidedStore(_time);
        _cluster = new ClusterTime(_time);
        _loop = new FateLoop(_store, _source, _cluster, _time, _log);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StepAsync_NothingHeldOrNotForASecond_NothingIsAsked()
    {
        Assert.True(await _loop.StepAsync(Cancelled));
        _store.Prewrite(_cluster.Now);
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.True(await _loop.StepAsync(Cancelled));

        Assert.Empty(_source.WritesAsked);
        Assert.Empty(_store.KeysRead);
    }

    [Fact]
    public async Task StepAsync_HeldForASecond_AnswersAreStoredWithSourceAndFinding()
    {
        ulong committed = _cluster.Now, rolledBack = committed + 1, alive = committed + 2;
        _store.Prewrite(committed, rolledBack, alive);
        _source.Write = startTs => Task.FromResult(
            startTs == committed ? TransactionFate.Committed(startTs + 10, "record of type Put")
            : startTs == rolledBack ? TransactionFate.RolledBack("record of type Rollback")
            : TransactionFate.Undecided("no record"));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await _loop.StepAsync(Cancelled));

        Assert.Equal(
            [
                new TransactionDecision(committed, committed + 10, "TiKV", "record of type Put", _time.GetUtcNow()),
                new TransactionDecision(rolledBack, null, "TiKV", "record of type Rollback", _time.GetUtcNow()),
            ],
            _store.Decisions.OrderBy(decision => decision.StartTs));
        Assert.Equal(2, _loop.Decisions);
        Assert.Equal([alive], _loop.Answers.Keys);
        Assert.All(_source.WritesAsked, question => Assert.Equal((question.StartTs, _cluster.Now), (BitConverter.ToUInt64(question.PrewriteKey.Span), question.NewestTs)));
    }

    [Fact]
    public async Task StepAsync_YoungTransactionsBehindTheHead_NotAskedYet()
    {
        ulong head = _cluster.Now;
        _store.Prewrite(head);
        _time.Advance(TimeSpan.FromSeconds(1));
        _store.Prewrite(_cluster.Now);

        await _loop.StepAsync(Cancelled);

        Assert.Equal(head, Assert.Single(_source.WritesAsked).StartTs);
    }

    [Fact]
    public async Task StepAsync_HeadIsNotAmongTheOldest_AskedFirst()
    {
        ulong newest = _cluster.Now;
        _store.Prewrite([newest, .. Enumerable.Range(1, FateLoop.MaxAsked + 10).Select(number => newest - (ulong)number)]);
        _time.Advance(TimeSpan.FromSeconds(1));

        await _loop.StepAsync(Cancelled);

        Assert.Equal(FateLoop.MaxAsked, _source.WritesAsked.Count);
        Assert.Contains(newest, _source.WritesAsked.Select(question => question.StartTs));
    }

    [Fact]
    public async Task StepAsync_OrderWaitsForAPrewrite_UndecidedOnesAreAskedAllTheSame()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _store.HoldForPrewrite(startTs + 1, startTs + 2);
        _time.Advance(TimeSpan.FromSeconds(1));

        await _loop.StepAsync(Cancelled);

        Assert.Equal(startTs, Assert.Single(_source.WritesAsked).StartTs);
    }

    [Fact]
    public async Task StepAsync_ManyUndecided_BoundedNumberAtATime()
    {
        ulong first = _cluster.Now;
        var gate = new TaskCompletionSource();
        _store.Prewrite(Enumerable.Range(0, 40).Select(number => first + (ulong)number));
        _source.Write = async _ =>
        {
            await gate.Task;
            return TransactionFate.RolledBack("gone");
        };
        _time.Advance(TimeSpan.FromSeconds(1));

        Task<bool> step = _loop.StepAsync(Cancelled);
        await Eventually.HoldsAsync("as many as allowed are under way", () => _source.UnderWay == FateLoop.MaxParallel, Cancelled);
        gate.SetResult();
        await step;

        Assert.Equal(FateLoop.MaxParallel, _source.MostUnderWay);
        Assert.Equal(40, _store.Decisions.Count);
    }

    [Fact]
    public async Task StepAsync_OneAnswerNeverComes_OthersAreStoredAndItIsGivenUp()
    {
        ulong silent = _cluster.Now, other = silent + 1;
        _store.Prewrite(silent, other);
        _source.Write = startTs => startTs == silent ? new TaskCompletionSource<TransactionFate>().Task : Task.FromResult(TransactionFate.RolledBack("gone"));
        _time.Advance(TimeSpan.FromSeconds(1));

        Task<bool> step = _loop.StepAsync(Cancelled);
        await Eventually.HoldsAsync("the other is decided", () => _store.Decisions.Count == 1 && _source.WritesAsked.Count == 2, Cancelled);
        Assert.False(step.IsCompleted);
        await Eventually.HoldsAsync("the silent one is given up", () => { _time.Advance(TimeSpan.FromSeconds(5)); return step.IsCompleted; }, Cancelled);

        Assert.True(await step);
        Assert.Equal(1, _loop.Failures);
        Assert.Contains("has not answered", _loop.Answers[silent], StringComparison.Ordinal);
    }

    [Fact]
    public async Task StepAsync_SourceIsAway_SaidOncePerOutageAndCounted()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _time.Advance(TimeSpan.FromSeconds(1));
        Func<ulong, Task<TransactionFate>> answers = _source.Write;
        _source.Write = _ => throw new IOException("TiKV is away");

        Assert.False(await _loop.StepAsync(Cancelled));
        Assert.False(await _loop.StepAsync(Cancelled));
        _source.Write = answers;
        Assert.True(await _loop.StepAsync(Cancelled));
        Assert.Single(_log.Of(EventIds.PumpFateFailed));

        _cluster.IsAway = true;
        Assert.False(await _loop.StepAsync(Cancelled));
        Assert.Equal(2, _log.Of(EventIds.PumpFateFailed).Count);
        Assert.Equal(3, _loop.Failures);
    }

    [Fact]
    public async Task StepAsync_PrewriteCannotBeRead_SaidAndOthersAreAsked()
    {
        ulong damaged = _cluster.Now;
        _store.Prewrite(damaged, damaged + 1);
        _store.FailRead = startTs => startTs == damaged ? new IOException("damaged") : null;
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await _loop.StepAsync(Cancelled));

        Assert.Contains("damaged", Assert.Single(_log.Of(EventIds.PumpFateFailed)), StringComparison.Ordinal);
        Assert.Contains("can't be read: damaged", _loop.Answers[damaged], StringComparison.Ordinal);
        Assert.Equal(damaged + 1, Assert.Single(_source.WritesAsked).StartTs);
    }

    [Fact]
    public async Task StepAsync_AskedAgain_KeyIsReadOnce()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _time.Advance(TimeSpan.FromSeconds(1));

        await _loop.StepAsync(Cancelled);
        await _loop.StepAsync(Cancelled);

        Assert.Equal(2, _source.WritesAsked.Count);
        Assert.Equal([startTs], _store.KeysRead);
    }

    [Fact]
    public async Task StepAsync_CommittedBelowWhatIsAnnounced_CopyIsVoidHere()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _store.MaxCommitTs = startTs + 100;
        _store.Refuse = decision => decision.CommitTs is { } commitTs ? new CommitTooLateException(startTs, commitTs, startTs + 100) : null;
        _source.Write = _ => Task.FromResult(TransactionFate.Committed(startTs + 50, "record of type Put"));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await _loop.StepAsync(Cancelled));

        Assert.Equal(BitConverter.GetBytes(startTs), _store.LastKey);
        TransactionDecision decision = Assert.Single(_store.Decisions);
        Assert.Null(decision.CommitTs);
        Assert.Contains($"committed at {startTs + 50}", decision.Reason, StringComparison.Ordinal);
        Assert.Contains("void here", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StepAsync_StoreTakesNoDecision_IsNoFailureOfTheSource()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        _store.Refuse = _ => new TransactionRolledBackException(startTs);
        _source.Write = _ => Task.FromResult(TransactionFate.Committed(startTs + 50, "record of type Put"));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await _loop.StepAsync(Cancelled));

        Assert.Equal(0, _loop.Failures);
        Assert.Equal(0, _loop.Decisions);
        Assert.Contains("was not taken", _loop.Answers[startTs], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_SourceIsAway_AsksMoreAndMoreRarely()
    {
        var time = new SkippingTimeProvider(TimeSpan.FromSeconds(31));
        var store = new FakeUndecidedStore(time);
        var cluster = new ClusterTime(time);
        var askedAt = new ConcurrentQueue<DateTimeOffset>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        _source.Write = async _ =>
        {
            askedAt.Enqueue(time.GetUtcNow());
            if (askedAt.Count == 8)
            {
                await stop.CancelAsync();
            }

            throw new IOException("TiKV is away");
        };
        store.Prewrite(cluster.Now);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new FateLoop(store, _source, cluster, time, _log).RunAsync(stop.Token));

        // Each question skips its own timeout of 5 s as well.
        DateTimeOffset[] at = [.. askedAt];
        Assert.Equal([2.0, 4, 8, 16, 30, 30], at.Zip(at.Skip(1), (one, next) => (next - one).TotalSeconds - 5).Take(6));
        Assert.Single(_log.Of(EventIds.PumpFateFailed));
    }
}
