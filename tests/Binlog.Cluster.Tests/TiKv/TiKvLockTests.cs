using Binlog.Cluster.Contracts.TiKv;
using Binlog.Cluster.TiKv;
using Binlog.ClusterKit.TiKv;

namespace Binlog.Cluster.Tests.TiKv;

public sealed class TiKvLockTests : IAsyncLifetime
{
    private static readonly byte[] Primary = TiKvCluster.Bytes("p");
    private static readonly byte[] Secondary = TiKvCluster.Bytes("s");
    private TiKvCluster _cluster = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TiKvCluster.StartAsync();
        _cluster.Put("p", "old p");
        _cluster.Put("s", "old s");
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Get_PrimaryIsCommitted_TheLockIsCommittedAndTheNewValueRead()
    {
        ulong startTs = Lock(Secondary, "new s");
        ulong commitTs = startTs + 5;
        _cluster.Data.Put(Primary, TiKvCluster.Bytes("new p"), startTs, commitTs);

        Assert.Equal("new s", await _cluster.GetAsync("s"));

        Assert.Null(_cluster.Data.FindLock(Secondary));
        Assert.Equal((startTs, commitTs), (_cluster.Data.WritesOf(Secondary)[0].StartTs, _cluster.Data.WritesOf(Secondary)[0].CommitTs));
    }

    [Fact]
    public async Task Get_PrimaryIsRolledBack_TheLockIsRolledBackAndTheOldValueRead()
    {
        ulong startTs = Lock(Secondary, "new s");
        _cluster.Data.Write(Primary, new StoredWrite(Op.Rollback, startTs, startTs));

        Assert.Equal("old s", await _cluster.GetAsync("s"));

        Assert.Null(_cluster.Data.FindLock(Secondary));
        Assert.Equal(Op.Rollback, _cluster.Data.WritesOf(Secondary)[0].Type);
    }

    [Fact]
    public async Task Get_LockHasExpired_TheTransactionIsRolledBack()
    {
        Lock(Primary, "new p", ttl: 3000);
        Lock(Secondary, "new s", ttl: 3000);
        _cluster.Time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal("old s", await _cluster.GetAsync("s"));

        Assert.Null(_cluster.Data.FindLock(Primary));
        Assert.Null(_cluster.Data.FindLock(Secondary));
        Assert.Equal(Op.Rollback, _cluster.Data.WritesOf(Primary)[0].Type);
    }

    [Fact]
    public async Task Get_LockIsAlive_IsWaitedForAndNotEnded()
    {
        ulong startTs = Lock(Primary, "new p", ttl: 30_000);
        Lock(Secondary, "new s", ttl: 30_000);
        _cluster.Servers.BeforeAnswer = (method, _) =>
        {
            if (method == "KvGet" && _cluster.Servers.CallsOf("KvGet") == 4)
            {
                _cluster.Data.Use(data => TransactionRules.Resolve(data.Ensure(Primary), startTs, startTs + 3));
            }

            return Task.CompletedTask;
        };

        Assert.Equal("new s", await _cluster.GetAsync("s"));
        Assert.Equal("new p", await _cluster.GetAsync("p"));
    }

    [Fact]
    public async Task Get_LockOutlivesTheLimit_TheErrorNamesTransactionAndKeys()
    {
        ulong startTs = Lock(Primary, "new p", ttl: 3_600_000);
        Lock(Secondary, "new s", ttl: 3_600_000);

        var exception = await Assert.ThrowsAsync<ClusterException>(() => _cluster.GetAsync("s"));

        Assert.True(exception.IsTransient);
        Assert.Contains($"key 73 is locked by the transaction of start TS {startTs} (primary key 70, TTL 3600000 ms), which is alive", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(_cluster.Data.FindLock(Primary));
    }

    [Fact]
    public async Task Get_LockOfALargeTransaction_IsReadPastAfterItsCommitTsIsPushed()
    {
        ulong startTs = _cluster.Tso.At(-100);
        foreach (byte[] key in new[] { Primary, Secondary })
        {
            _cluster.Data.Lock(key, new StoredLock(startTs, Primary, 3_600_000) { MinCommitTs = startTs + 1, Value = TiKvCluster.Bytes("new") });
        }

        ulong readTs = await _cluster.Tso.NextAsync(1, Cancelled);
        Assert.Equal("old s", TiKvCluster.Text(await _cluster.Client.GetAsync(Secondary, readTs, Cancelled)));

        Assert.True(_cluster.Data.FindLock(Primary)!.MinCommitTs > readTs);
        Assert.NotNull(_cluster.Data.FindLock(Secondary));
    }

    [Fact]
    public async Task Get_AsyncCommitLockHasExpired_TheErrorSaysThatATiDBEndsIt()
    {
        ulong startTs = _cluster.Tso.At(-10_000);
        _cluster.Data.Lock(Primary, new StoredLock(startTs, Primary, 3000) { IsAsyncCommit = true, MinCommitTs = startTs + 1 });

        var exception = await Assert.ThrowsAsync<ClusterException>(() => _cluster.GetAsync("p"));

        Assert.Contains("uses async commit", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(_cluster.Data.FindLock(Primary));
    }

    [Fact]
    public async Task Get_PrimaryNotWrittenYet_IsOnlyEndedWhenTheLocksTimeIsOver()
    {
        ulong startTs = Lock(Secondary, "new s", ttl: 3000);
        var rollbacks = new List<TimeSpan>();
        DateTimeOffset begun = _cluster.Time.GetUtcNow();
        _cluster.Servers.BeforeAnswer = (method, _) =>
        {
            if (method == "KvResolveLock")
            {
                rollbacks.Add(_cluster.Time.GetUtcNow() - begun);
            }

            return Task.CompletedTask;
        };

        Assert.Equal("old s", await _cluster.GetAsync("s"));

        Assert.True(Assert.Single(rollbacks) >= TimeSpan.FromMilliseconds(2900), $"ended after {rollbacks[0]}");
        Assert.Equal((Op.Rollback, startTs), (_cluster.Data.WritesOf(Primary)[0].Type, _cluster.Data.WritesOf(Primary)[0].StartTs));
    }

    [Theory]
    [InlineData(nameof(Op.Lock))]
    [InlineData(nameof(Op.PessimisticLock))]
    public async Task Get_LockThatChangesNothing_IsNoObstacle(string type)
    {
        _cluster.Data.Lock(Secondary, new StoredLock(_cluster.Tso.At(-1), Secondary, 60_000, Enum.Parse<Op>(type)));

        Assert.Equal("old s", await _cluster.GetAsync("s"));
        Assert.Equal(0, _cluster.Servers.CallsOf("KvCheckTxnStatus"));
    }

    [Fact]
    public async Task Get_LockOfLaterThanTheSnapshot_IsNoObstacle()
    {
        ulong readTs = await _cluster.Tso.NextAsync(1, Cancelled);
        _cluster.Data.Lock(Secondary, new StoredLock(readTs + 1, Secondary, 60_000));

        Assert.Equal("old s", TiKvCluster.Text(await _cluster.Client.GetAsync(Secondary, readTs, Cancelled)));
    }

    [Theory]
    [InlineData(1UL, 30)]
    [InlineData(30UL, 1)]
    public async Task Scan_LocksOfACommittedTransaction_AllAreReadNew(ulong transactionSize, int resolves)
    {
        ulong startTs = _cluster.Tso.At(-100);
        _cluster.Data.Put(Primary, TiKvCluster.Bytes("new p"), startTs, startTs + 1);
        for (int number = 0; number < 60; number++)
        {
            _cluster.Put($"k{number:00}", "old");
            if (number % 2 == 0)
            {
                _cluster.Data.Lock(TiKvCluster.Bytes($"k{number:00}"), new StoredLock(startTs, Primary, 3000) { Value = TiKvCluster.Bytes("new"), TransactionSize = transactionSize });
            }
        }

        List<string> found = await _cluster.ScanAsync("k", "l");

        Assert.Equal(Enumerable.Range(0, 60).Select(number => $"k{number:00}={(number % 2 == 0 ? "new" : "old")}"), found);
        Assert.Equal(resolves, _cluster.Servers.CallsOf("KvResolveLock"));
    }

    [Fact]
    public async Task CheckStatus_KeyIsNotThePrimary_IsNotTouchedAndThePrimaryNamed()
    {
        ulong startTs = Lock(Secondary, "new s", ttl: 1);
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));

        TransactionStatus status = await _cluster.Client.CheckStatusAsync(new TransactionCheck(Secondary, startTs, _cluster.Tso.At()) { RollbackIfMissing = true }, Cancelled);

        Assert.True(status.IsAlive);
        Assert.Equal("p", TiKvCluster.Text(status.OtherPrimary));
        Assert.NotNull(_cluster.Data.FindLock(Secondary));
    }

    private ulong Lock(byte[] key, string value, ulong ttl = 3000)
    {
        ulong startTs = _cluster.Tso.At(-100);
        _cluster.Data.Lock(key, new StoredLock(startTs, Primary, ttl) { Value = TiKvCluster.Bytes(value) });
        return startTs;
    }
}
