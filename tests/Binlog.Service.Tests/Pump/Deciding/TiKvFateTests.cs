using Binlog.Cluster.Connecting;
using Binlog.Cluster.Contracts.TiKv;
using Binlog.Cluster.TiKv;
using Binlog.ClusterKit.Regions;
using Binlog.ClusterKit.TiKv;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Storage;
using Binlog.TestKit.Time;

namespace Binlog.Service.Tests.Pump.Deciding;

/// <summary>A Pump's questions to TiKV, with a double of TiKV and virtual time. A transaction's prewrite key is its start TS.</summary>
public sealed class TiKvFateTests : IAsyncLifetime
{
    // Longer than the waits between attempts, shorter than the limit of a call (750 ms).
    private readonly SkippingTimeProvider _time = new(TimeSpan.FromMilliseconds(700));
    private readonly TiKvDouble _servers = new(new RegionTable());
    private readonly RecordedLog _log = new();
    private readonly FakeUndecidedStore _store;
    private readonly ClusterTime _cluster;
    private readonly ServerChannels _channels;
    private readonly TiKvClient _client;
    private Func<ulong, CancellationToken, Task<bool>>? _keepVersions;
    private ulong _storeId;

    public TiKvFateTests()
    {
        _store = new FakeUndecidedStore(_time);
        _cluster = new ClusterTime(_time);
        _channels = new ServerChannels(null, _time);
        _client = new TiKvClient(new TableRegionSource(_servers.Regions), _cluster, _channels, _time);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private StoredData Data => _servers.Data;

    public async ValueTask InitializeAsync() => _storeId = await _servers.AddStoreAsync();

    public async ValueTask DisposeAsync()
    {
        _channels.Dispose();
        await _servers.DisposeAsync();
    }

    [Theory]
    [InlineData(nameof(Op.Put))]
    [InlineData(nameof(Op.Del))]
    [InlineData(nameof(Op.Lock))]
    public async Task Step_RecordOfACommit_CommittedAtItsTs(string type)
    {
        ulong startTs = Prewrite();
        Data.Write(KeyOf(startTs), new StoredWrite(Enum.Parse<Op>(type), startTs, startTs + 7, () => "v"u8.ToArray()));

        TransactionDecision decision = await DecideAsync(startTs, TimeSpan.FromSeconds(1));

        Assert.Equal(new TransactionDecision(startTs, startTs + 7, "TiKV", $"record of type {type}", _time.GetUtcNow()), decision);
        Assert.Equal(0, _servers.CallsOf("KvCheckTxnStatus"));
    }

    [Fact]
    public async Task Step_RecordOfARollback_RolledBack()
    {
        ulong startTs = Prewrite();
        Data.Write(KeyOf(startTs), new StoredWrite(Op.Rollback, startTs, startTs));

        Assert.Null((await DecideAsync(startTs, TimeSpan.FromSeconds(1))).CommitTs);
    }

    [Fact]
    public async Task Step_RollbackIsNotedInTheRecordOfACommitAtTheStartTs_RolledBack()
    {
        ulong startTs = Prewrite();
        Data.Write(KeyOf(startTs), new StoredWrite(Op.Put, startTs - 9, startTs, () => "v"u8.ToArray(), HasOverlappedRollback: true));

        TransactionDecision decision = await DecideAsync(startTs, TimeSpan.FromSeconds(1));

        Assert.Null(decision.CommitTs);
        Assert.Contains("overlapped", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Step_RecordsOfOtherTransactionsOnly_StaysUndecided()
    {
        ulong startTs = Prewrite();
        Data.Put(KeyOf(startTs), [1], startTs - 9, startTs);
        Data.Put(KeyOf(startTs), [2], startTs + 1, startTs + 2);

        Assert.Contains("no record and no lock", await AnswerAsync(startTs, TimeSpan.FromSeconds(600)), StringComparison.Ordinal);
        Assert.Equal(0, _servers.CallsOf("KvCheckTxnStatus"));
    }

    [Fact]
    public async Task Step_YoungAndItsLockHasExpired_IsLeftAlone()
    {
        ulong startTs = Prewrite();
        Lock(startTs, ttl: 3000);

        Assert.Contains("a lock of type Put", await AnswerAsync(startTs, TimeSpan.FromSeconds(599)), StringComparison.Ordinal);
        Assert.NotNull(Data.FindLock(KeyOf(startTs)));
    }

    [Fact]
    public async Task Step_OldAndItsLockLives_StaysUndecidedWithWhatWasFound()
    {
        ulong startTs = Prewrite();
        Lock(startTs, ttl: 3_600_000);

        Assert.Contains("lives (TTL 3600000 ms)", await AnswerAsync(startTs, TimeSpan.FromSeconds(601)), StringComparison.Ordinal);
        Assert.NotNull(Data.FindLock(KeyOf(startTs)));
    }

    [Fact]
    public async Task Step_OldAndItsLockHasExpired_TiKvEndsIt()
    {
        ulong startTs = Prewrite();
        Lock(startTs, ttl: 3000);

        TransactionDecision decision = await DecideAsync(startTs, TimeSpan.FromSeconds(601));

        Assert.Null(decision.CommitTs);
        Assert.Contains("was over", decision.Reason, StringComparison.Ordinal);
        Assert.Null(Data.FindLock(KeyOf(startTs)));
        Assert.Equal(Op.Rollback, Data.WritesOf(KeyOf(startTs))[0].Type);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Step_OldAndThePrimaryIsAnotherKey_ThatOneDecides(bool versionsCanBeRead)
    {
        ulong startTs = Prewrite();
        byte[] primary = "primary"u8.ToArray();
        Data.Lock(KeyOf(startTs), new StoredLock(startTs, primary, 3000));
        Data.Put(primary, [1], startTs, startTs + 4);
        if (!versionsCanBeRead)
        {
            _servers.Refuse(new Error { FlashbackInProgress = new FlashbackInProgress() }, "MvccGetByKey", times: 2);
        }

        Assert.Equal(startTs + 4, (await DecideAsync(startTs, TimeSpan.FromSeconds(601))).CommitTs);
        Assert.NotNull(Data.FindLock(KeyOf(startTs)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    public async Task Step_OldWithoutLockAndRecord_CantBeCommittedAnyMore(bool? keeps)
    {
        ulong startTs = Prewrite();
        _keepVersions = keeps is { } answer ? (asked, _) => Task.FromResult(asked == startTs && answer) : null;

        Assert.Contains("no lock and no record", (await DecideAsync(startTs, TimeSpan.FromSeconds(601))).Reason, StringComparison.Ordinal);
        Assert.Equal((Op.Rollback, startTs), (Data.WritesOf(KeyOf(startTs))[0].Type, Data.WritesOf(KeyOf(startTs))[0].StartTs));
    }

    [Fact]
    public async Task Step_RecordMayHaveBeenCollected_StaysUndecidedAndNothingIsWritten()
    {
        ulong startTs = Prewrite();
        Data.Put(KeyOf(startTs), [1], startTs, startTs + 1);
        Data.Delete(KeyOf(startTs), startTs + 2, startTs + 3);
        Data.Collect(startTs + 4);
        _keepVersions = (_, _) => Task.FromResult(false);

        string first = await AnswerAsync(startTs, TimeSpan.FromSeconds(1000));
        string again = await AnswerAsync(startTs, TimeSpan.FromSeconds(1));

        Assert.Contains("decided by hand", first, StringComparison.Ordinal);
        Assert.Equal(first, again);
        Assert.DoesNotContain(Data.WritesOf(KeyOf(startTs)), write => write.Type == Op.Rollback);
    }

    [Fact]
    public async Task Step_OldAndItsLockUsesAsyncCommit_StaysUndecided()
    {
        ulong startTs = Prewrite();
        Data.Lock(KeyOf(startTs), new StoredLock(startTs, KeyOf(startTs), 3000) { IsAsyncCommit = true, MinCommitTs = startTs + 1 });

        Assert.Contains("async commit", await AnswerAsync(startTs, TimeSpan.FromSeconds(601)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(601)]
    public async Task Step_TiKvIsDown_IsAskedAgainAndDecidedWhenItIsBack(int seconds)
    {
        ulong startTs = Prewrite();
        Data.Put(KeyOf(startTs), [1], startTs, startTs + 1);
        await _servers.KillAsync(_storeId);
        FateLoop loop = Loop();
        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.False(await loop.StepAsync(Cancelled));
        Assert.Matches("TiKV can't be asked: TiKV did not do it within 1.5 s .* on store \\d+ at 127.0.0.1:\\d+: ", loop.Answers[startTs]);
        Assert.Empty(_store.Decisions);
        await _servers.RestartAsync(_storeId);

        Assert.True(await loop.StepAsync(Cancelled));
        Assert.Equal(startTs + 1, Assert.Single(_store.Decisions).CommitTs);
    }

    [Fact]
    public async Task Step_ManyTransactionsInSplitRegions_EachGetsItsOwnAnswer()
    {
        ulong first = _cluster.Now;
        ulong[] all = [.. Enumerable.Range(0, FateLoop.MaxAsked).Select(number => first + (ulong)number)];
        _store.Prewrite(all);
        foreach (ulong startTs in all)
        {
            Data.Put(KeyOf(startTs), [1], startTs, startTs + 1000);
        }

        _servers.Split(KeyOf(all[20]));
        _servers.Split(KeyOf(all[40]));
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.True(await Loop().StepAsync(Cancelled));

        Assert.Equal(all.Select(startTs => (startTs, (ulong?)(startTs + 1000))), _store.Decisions.Select(decision => (decision.StartTs, decision.CommitTs)).Order());
    }

    private static byte[] KeyOf(ulong startTs) => BitConverter.GetBytes(startTs);

    private FateLoop Loop() => new(_store, new TiKvFate(_client, _keepVersions), _cluster, _time, _log);

    private ulong Prewrite()
    {
        ulong startTs = _cluster.Now;
        _store.Prewrite(startTs);
        return startTs;
    }

    private void Lock(ulong startTs, ulong ttl) => Data.Lock(KeyOf(startTs), new StoredLock(startTs, KeyOf(startTs), ttl));

    private async Task<TransactionDecision> DecideAsync(ulong startTs, TimeSpan later)
    {
        _time.Advance(later);
        FateLoop loop = Loop();
        Assert.True(await loop.StepAsync(Cancelled), string.Join(';', loop.Answers.Values));
        Assert.Empty(loop.Answers);
        return Assert.Single(_store.Decisions, decision => decision.StartTs == startTs);
    }

    private async Task<string> AnswerAsync(ulong startTs, TimeSpan later)
    {
        _time.Advance(later);
        FateLoop loop = Loop();
        Assert.True(await loop.StepAsync(Cancelled));
        Assert.Empty(_store.Decisions);
        return loop.Answers[startTs];
    }
}
