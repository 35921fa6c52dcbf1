using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Storage;
using Binlog.Service.Tests.Pump.Storage;
using Binlog.TestKit.Time;
using Binlog.TestKit.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>A source of outcomes is asked on behalf of a real store.</summary>
public sealed class AskingOnAStoreTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly ScriptedFate _source = new();
    private PumpStore _store = null!;
    private FateLoop _loop = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = await StoreDriver.OpenAsync(_directory.Path);
        _loop = new FateLoop(_store, _source, new ClusterTime(_time), _time, NullLogger.Instance);

        // Whatever the store holds now, it has held for an hour.
        _time.Advance(TimeProvider.System.GetUtcNow() - _time.GetUtcNow() + TimeSpan.FromHours(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task StepAsync_SourceKnows_TransactionsAreServedOrDropped()
    {
        await WriteAsync(20, TestBinlogs.Prewrite(5), TestBinlogs.Prewrite(6), TestBinlogs.Prewrite(7), TestBinlogs.Commit(7, 20));
        _source.Write = startTs => Task.FromResult(startTs == 5 ? TransactionFate.Committed(9, "record") : TransactionFate.RolledBack("record"));

        await _loop.StepAsync(Cancelled);
        await _store.ReachAsync(20);

        Assert.Equal([9UL, 20], _store.ReadAll());
        Assert.All(_source.WritesAsked, question => Assert.Equal(TestBinlogs.Key.ToArray(), question.PrewriteKey.ToArray()));
    }

    [Fact]
    public async Task StepAsync_SourceDoesNotAnswer_WritersAndPullersGoOn()
    {
        var answer = new TaskCompletionSource<TransactionFate>();
        _source.Write = _ => answer.Task;
        await _store.CommitAsync(1, 2);
        await _store.ReachAsync(2);
        await WriteAsync(2, TestBinlogs.Prewrite(5));
        await Eventually.HoldsAsync("it is held", () => _store.Held is not null, Cancelled);
        Task<bool> step = _loop.StepAsync(Cancelled);
        await Eventually.HoldsAsync("it is asked about", () => _source.UnderWay == 1, Cancelled);

        for (ulong startTs = 10; startTs < 50; startTs += 2)
        {
            await _store.CommitAsync(startTs, startTs + 1);
        }

        Assert.Equal([2UL], _store.ReadAll());
        Assert.False(step.IsCompleted);
        answer.SetResult(TransactionFate.Committed(9, "record"));
        await step;
        await _store.ReachAsync(49);
        Assert.Equal([2UL, 9, .. Enumerable.Range(5, 20).Select(half => (ulong)(2 * half) + 1)], _store.ReadAll());
    }

    /// <summary>The prewrite came after everything up to 20 was announced, so the writer's acknowledged copy is on another Pump.</summary>
    [Fact]
    public async Task StepAsync_CommittedBelowWhatIsAnnounced_CopyIsDropped()
    {
        await WriteAsync(20, TestBinlogs.Fake(20));
        await _store.ReachAsync(20);
        await AssertCopyIsDroppedAsync();
    }

    /// <summary>As before, but what arrived before the prewrite waits for another transaction and is not announced yet.</summary>
    [Fact]
    public async Task StepAsync_CommittedBelowWhatCameBefore_CopyIsDropped()
    {
        await WriteAsync(20, TestBinlogs.Prewrite(3), TestBinlogs.Fake(20));
        await AssertCopyIsDroppedAsync();
    }

    /// <summary>A mistaken decision about another transaction is no reason to drop this one.</summary>
    [Fact]
    public async Task StepAsync_CommittedAtTheCommitTsOfAnother_IsLeftToAPerson()
    {
        await WriteAsync(13, TestBinlogs.Prewrite(11), TestBinlogs.Prewrite(12), TestBinlogs.Commit(12, 13));
        _source.Write = _ => Task.FromResult(TransactionFate.Committed(13, "record"));

        await _loop.StepAsync(Cancelled);

        Assert.Equal(11UL, Assert.Single(_store.ListUndecided(10)).StartTs);
        Assert.Contains("start TS 12 has that commit TS", _loop.Answers[11], StringComparison.Ordinal);
        Assert.Equal(0, _loop.Decisions);
    }

    private async Task AssertCopyIsDroppedAsync()
    {
        await WriteAsync(22, TestBinlogs.Prewrite(5), TestBinlogs.Prewrite(21), TestBinlogs.Commit(21, 22));
        _source.Write = startTs => Task.FromResult(startTs == 5 ? TransactionFate.Committed(15, "record") : TransactionFate.RolledBack("record"));

        await _loop.StepAsync(Cancelled);
        await _store.ReachAsync(22);

        Assert.Equal([22UL], _store.ReadAll());
        Assert.Null(_store.SortingFault);
    }

    /// <summary>Writes, and waits until what has the greatest commit TS is sorted.</summary>
    private async Task WriteAsync(ulong maxSeenTs, params byte[][] binlogs)
    {
        foreach (byte[] binlog in binlogs)
        {
            await _store.WriteAsync(binlog);
        }

        await Eventually.HoldsAsync("all is sorted", () => _store.MaxSeenTs == maxSeenTs, Cancelled);
    }
}
