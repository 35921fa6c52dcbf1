using Binlog.Cluster.Pd;

namespace Binlog.Cluster.Tests.Pd;

public sealed class TsoQueueTests
{
    private readonly TsoQueue _queue = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void TakeBatch_NobodyWaits_IsNull() => Assert.Null(_queue.TakeBatch());

    [Fact]
    public async Task TakeBatch_SeveralWait_HandsOutInTheOrderOfArrival()
    {
        TsoWaiter[] waiters = [await AddAsync(3), await AddAsync(1), await AddAsync(2)];

        TsoBatch batch = _queue.TakeBatch()!;
        batch.Complete(100);

        Assert.Equal(6, batch.Count);
        Assert.Equal([97ul, 98, 100], await Task.WhenAll(waiters.Select(waiter => waiter.Task)));
        Assert.Null(_queue.TakeBatch());
    }

    [Fact]
    public async Task TakeBatch_MoreThanMayBeShared_ComesInTwo()
    {
        await AddAsync(PdLimits.MaxSharedTsoCount - 1);
        await AddAsync(2);
        await AddAsync(PdLimits.MaxTsoCount);

        int[] counts = [_queue.TakeBatch()!.Count, _queue.TakeBatch()!.Count, _queue.TakeBatch()!.Count];

        Assert.Equal([PdLimits.MaxSharedTsoCount - 1, 2, PdLimits.MaxTsoCount], counts);
    }

    [Fact]
    public async Task TakeBatch_SomeGaveUp_AsksNothingForThem()
    {
        TsoWaiter gone = await AddAsync(5);
        TsoWaiter waiting = await AddAsync(1);
        gone.GiveUp();

        TsoBatch batch = _queue.TakeBatch()!;

        Assert.Equal([waiting], batch.Waiters);
        Assert.Equal(1, batch.Count);
    }

    [Fact]
    public async Task Return_OfABatch_GoesBeforeOthers()
    {
        TsoWaiter first = await AddAsync(1);
        TsoBatch lost = _queue.TakeBatch()!;
        TsoWaiter second = await AddAsync(1);

        _queue.Return([lost]);

        Assert.Equal([first, second], _queue.TakeBatch()!.Waiters);
    }

    [Fact]
    public async Task WaitAsync_OnlySomebodyWhoGaveUp_WaitsOn()
    {
        (await AddAsync(1)).GiveUp();
        Task waiting = _queue.WaitAsync(Token).AsTask();
        Assert.False(waiting.IsCompleted);

        TsoWaiter waiter = await AddAsync(1);

        await waiting;
        Assert.Equal([waiter], _queue.TakeBatch()!.Waiters);
    }

    [Fact]
    public async Task FailAll_WithSomeReturned_EndsEverybodysWaiting()
    {
        TsoWaiter first = await AddAsync(1);
        _queue.Return([_queue.TakeBatch()!]);
        TsoWaiter second = await AddAsync(1);

        _queue.FailAll(new ClusterException("gone"));

        await Assert.ThrowsAsync<ClusterException>(() => first.Task);
        await Assert.ThrowsAsync<ClusterException>(() => second.Task);
        Assert.Null(_queue.TakeBatch());
    }

    private async Task<TsoWaiter> AddAsync(int count)
    {
        var waiter = new TsoWaiter(count);
        await _queue.AddAsync(waiter, Token);
        return waiter;
    }
}
