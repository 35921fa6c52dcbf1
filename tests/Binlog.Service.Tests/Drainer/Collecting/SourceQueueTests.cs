using Binlog.Service.Drainer;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Memory;

namespace Binlog.Service.Tests.Drainer.Collecting;

public sealed class SourceQueueTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    /// <summary>A reader that was held up itself can't say that nothing has come for long.</summary>
    [Fact]
    public async Task EmptiedAt_ReaderCatchesUp_IsThatMoment()
    {
        var time = new InstantTimeProvider();
        var queue = new SourceQueue(TestMemory.Create(), time);
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
        SourceQueue queue = Queue(10_000);
        for (ulong ts = 1; ts <= 20; ts++)
        {
            Assert.True(queue.WriteAsync(FakePump.Transaction(ts), Token).AsTask().IsCompletedSuccessfully);
        }

        Assert.Equal(Enumerable.Range(1, 20).Select(ts => (ulong)ts), await ReadAsync(queue, 20));
        Assert.False(queue.TryRead(out _));
    }

    /// <summary>Reading alone makes no room: what was read is in the merge's hands.</summary>
    [Fact]
    public async Task WriteAsync_AtTheBound_WaitsUntilEnoughIsReleased()
    {
        SourceQueue queue = Queue(600);
        for (ulong ts = 1; ts <= 4; ts++)
        {
            await queue.WriteAsync(FakePump.Transaction(ts, bytes: 54), Token);
        }

        Task fifth = queue.WriteAsync(FakePump.Transaction(5, bytes: 54), Token).AsTask();
        Assert.True(queue.TryRead(out PulledBinlog first));
        Assert.True(queue.TryRead(out PulledBinlog second));
        Assert.False(fifth.IsCompleted);
        queue.Release(first);
        Assert.False(fifth.IsCompleted);
        queue.Release(second);
        await fifth.WaitAsync(Token);

        Assert.Equal([3UL, 4UL, 5UL], await ReadAsync(queue, 3));
        Assert.Equal(0, queue.HeldBytes);
    }

    /// <summary>It goes through a file, of which the queue has one at a time.</summary>
    [Fact]
    public async Task WriteAsync_NoRoomAndNothingHeld_GoesThroughAFile()
    {
        using var directory = new TemporaryDirectory();
        SourceMemory memory = TestMemory.Create(100, directory.Combine("spool"));
        var queue = new SourceQueue(memory, TimeProvider.System);
        PulledBinlog large = Large(1);
        await queue.WriteAsync(large, Token);
        Task second = queue.WriteAsync(Large(2), Token).AsTask();
        while (memory.Spool.Files < 2)
        {
            await Task.Yield();
        }

        Assert.Equal((0L, false), (queue.HeldBytes, second.IsCompleted));
        Assert.True(queue.TryRead(out PulledBinlog read));
        Assert.True(new LargeBinlog(1, 5000).IsEqual(read.Length, read.Spool!.Read));
        Assert.Equal((1UL, true), (read.CommitTs, read.Payload.IsEmpty));
        queue.Release(read);
        await second.WaitAsync(Token);
        read.Spool.Release();
        Assert.Equal([2UL], await ReadAsync(queue, 1));
        Assert.Single(Directory.EnumerateFiles(memory.Spool.Directory));
        await memory.Spool.DisposeAsync();
        Assert.Empty(Directory.EnumerateFiles(memory.Spool.Directory));
    }

    [Fact]
    public async Task WriteAsync_CancelledWhileFull_QueuesNothing()
    {
        using var directory = new TemporaryDirectory();
        SourceMemory memory = TestMemory.Create(200, directory.Combine("spool"));
        var queue = new SourceQueue(memory, TimeProvider.System);
        await queue.WriteAsync(FakePump.Transaction(1), Token);
        using var cancel = new CancellationTokenSource();
        Task second = queue.WriteAsync(FakePump.Transaction(2, bytes: 90), cancel.Token).AsTask();
        Assert.False(second.IsCompleted);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal([1UL], await ReadAsync(queue, 1));
        Assert.False(queue.TryRead(out _));
    }

    [Fact]
    public async Task WriteAsync_CancelledWhileAFileIsInTheQueue_LeavesNoFile()
    {
        using var directory = new TemporaryDirectory();
        SourceMemory memory = TestMemory.Create(100, directory.Combine("spool"));
        var queue = new SourceQueue(memory, TimeProvider.System);
        await queue.WriteAsync(Large(1), Token);
        using var cancel = new CancellationTokenSource();
        Task second = queue.WriteAsync(Large(2), cancel.Token).AsTask();
        while (memory.Spool.Files < 2)
        {
            await Task.Yield();
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        Assert.Equal(1, memory.Spool.Files);
        await memory.Spool.DisposeAsync();
    }

    [Fact]
    public async Task Complete_WithAnError_ReaderGetsTheRestFirst()
    {
        var queue = Queue(1000);
        await queue.WriteAsync(FakePump.Transaction(7), Token);
        queue.Complete(new DrainerException("no more"));

        Assert.Equal([7UL], await ReadAsync(queue, 1));
        DrainerException error = await Assert.ThrowsAsync<DrainerException>(() => queue.WaitToReadAsync(Token).AsTask());
        Assert.Equal("no more", error.Message);
    }

    [Fact]
    public async Task WriteAsync_WriterAndReaderAtOnce_NothingIsLostOrReordered()
    {
        var queue = Queue(2000);
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

    private static SourceQueue Queue(long bytes) => new(TestMemory.Create(bytes, "/nonexistent/spool"), TimeProvider.System);

    private static PulledBinlog Large(ulong commitTs) => new(commitTs, commitTs - 1, false, new LargeBinlog(commitTs, 5000).ToArray());

    private static async Task<List<ulong>> ReadAsync(SourceQueue queue, int count)
    {
        var read = new List<ulong>();
        while (read.Count < count)
        {
            if (queue.TryRead(out PulledBinlog binlog))
            {
                read.Add(binlog.CommitTs);
                queue.Release(binlog);
            }
            else
            {
                Assert.True(await queue.WaitToReadAsync(Token));
            }
        }

        return read;
    }
}
