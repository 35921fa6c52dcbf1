using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Collecting;

namespace Binlog.Service.Tests.Drainer.Collecting;

public sealed class SourceQueueTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    /// <summary>A reader that was held up itself can't say that nothing has come for long.</summary>
    [Fact]
    public async Task EmptiedAt_ReaderCatchesUp_IsThatMoment()
    {
        var time = new InstantTimeProvider();
        var queue = new SourceQueue(1000, time);
        await queue.WriteAsync(new PulledBinlog(1, 1, true, default), default);
        await queue.WriteAsync(new PulledBinlog(2, 2, true, default), default);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(queue.TryRead(out _));
        Assert.Equal(TimeSpan.FromMinutes(1), time.GetElapsedTime(queue.EmptiedAt));

        Assert.True(queue.TryRead(out _));

        Assert.Equal(TimeSpan.Zero, time.GetElapsedTime(queue.EmptiedAt));
    }

    [Fact]
    public async Task WriteAsync_UnderTheBound_KeepsOrder()
    {
        var queue = new SourceQueue(10_000, TimeProvider.System);
        for (ulong ts = 1; ts <= 20; ts++)
        {
            Assert.True(queue.WriteAsync(FakePump.Transaction(ts), Token).AsTask().IsCompletedSuccessfully);
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(ts => (ulong)ts), await ReadAsync(queue, 20));
        Assert.False(queue.TryRead(out _));
    }

    [Fact]
    public async Task WriteAsync_AtTheBound_WaitsUntilThereIsRoom()
    {
        var queue = new SourceQueue(200, TimeProvider.System);
        await queue.WriteAsync(FakePump.Transaction(1, bytes: 36), Token);
        await queue.WriteAsync(FakePump.Transaction(2, bytes: 36), Token);
        Task third = queue.WriteAsync(FakePump.Transaction(3, bytes: 36), Token).AsTask();

        Assert.False(third.IsCompleted);
        Assert.Equal([1UL], await ReadAsync(queue, 1));
        await third.WaitAsync(Token);
        Assert.Equal([2UL, 3UL], await ReadAsync(queue, 2));
    }

    [Fact]
    public async Task WriteAsync_LargerThanTheBound_GoesThroughAlone()
    {
        var queue = new SourceQueue(100, TimeProvider.System);
        Assert.True(queue.WriteAsync(FakePump.Transaction(1, bytes: 100_000), Token).AsTask().IsCompletedSuccessfully);
        Task next = queue.WriteAsync(FakePump.Transaction(2), Token).AsTask();

        Assert.False(next.IsCompleted);
        Assert.Equal([1UL], await ReadAsync(queue, 1));
        await next.WaitAsync(Token);
        Assert.Equal([2UL], await ReadAsync(queue, 1));
    }

    [Fact]
    public async Task WriteAsync_CancelledWhileFull_QueuesNothing()
    {
        var queue = new SourceQueue(50, TimeProvider.System);
        await queue.WriteAsync(FakePump.Transaction(1), Token);
        using var cancel = new CancellationTokenSource();
        Task second = queue.WriteAsync(FakePump.Transaction(2), cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal([1UL], await ReadAsync(queue, 1));
        Assert.False(queue.TryRead(out _));
    }

    [Fact]
    public async Task Complete_WithAnError_ReaderGetsTheRestFirst()
    {
        var queue = new SourceQueue(1000, TimeProvider.System);
        await queue.WriteAsync(FakePump.Transaction(7), Token);
        queue.Complete(new DrainerException("no more"));

        Assert.Equal([7UL], await ReadAsync(queue, 1));
        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => queue.WaitToReadAsync(Token).AsTask());
        Assert.Equal("no more", error.Message);
    }

    [Fact]
    public async Task WriteAsync_WriterAndReaderAtOnce_NothingIsLostOrReordered()
    {
        var queue = new SourceQueue(500, TimeProvider.System);
        const int Count = 20_000;
        Task writing = Task.Run(
            async () =>
            {
                for (int ts = 1; ts <= Count; ts++)
                {
                    await queue.WriteAsync(FakePump.Transaction((ulong)ts, bytes: ts % 300), Token);
                }
            },
            Token);

        Assert.Equal(Enumerable.Range(1, Count).Select(ts => (ulong)ts), await ReadAsync(queue, Count));
        await writing;
    }

    private static async Task<List<ulong>> ReadAsync(SourceQueue queue, int count)
    {
        var read = new List<ulong>();
        while (read.Count < count)
        {
            if (queue.TryRead(out PulledBinlog binlog))
            {
                read.Add(binlog.CommitTs);
            }
            else
            {
                Assert.True(await queue.WaitToReadAsync(Token));
            }
        }

        return read;
    }
}
