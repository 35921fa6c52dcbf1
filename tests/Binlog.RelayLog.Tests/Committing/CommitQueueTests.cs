using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Committing;

public sealed class CommitQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly MemoryFileSystem _files = new();

    [Fact]
    public async Task AppendAsync_WhileAFlushRuns_AllThatArriveShareTheNextFlush()
    {
        await using SegmentedLog log = await OpenAsync();
        int flushes = 0;
        _files.Before = (operation, _) =>
        {
            flushes += operation == FileOperation.Flush ? 1 : 0;
            return false;
        };
        using var gate = new FlushGate(_files);

        Task<LogPosition> first = Task.Run(() => AppendAsync(log, 1).AsTask());
        await gate.WaitForFlushAsync();
        Task<LogPosition>[] others = [.. Enumerable.Range(2, 50).Select(i => AppendAsync(log, i).AsTask())];
        Assert.All(others, task => Assert.False(task.IsCompleted));
        gate.Open();
        await Task.WhenAll([first, .. others]).WaitAsync(Patience);

        Assert.Equal(2, flushes);
        Assert.Equal([1, .. Enumerable.Range(2, 50)], Sizes(log));
    }

    [Fact]
    public async Task TryRead_RecordWrittenButNotFlushed_IsNotSeen()
    {
        await using SegmentedLog log = await OpenAsync();
        using var gate = new FlushGate(_files);
        using LogReader reader = log.OpenReader(default);
        Task<LogPosition> append = Task.Run(() => AppendAsync(log, 1).AsTask());
        await gate.WaitForFlushAsync();

        bool seenBefore = reader.TryRead(out _);
        LogPosition endBefore = log.FlushedEnd;
        gate.Open();
        LogPosition position = await append.WaitAsync(Patience);

        Assert.False(seenBefore);
        Assert.Equal(position, endBefore);
        Assert.True(reader.TryRead(out _));
    }

    [Fact]
    public async Task AppendAsync_TooMuchPending_WaitsAndCanBeCancelledOnlyThen()
    {
        await using SegmentedLog log = await OpenAsync(maxPendingBytes: 400);
        using var gate = new FlushGate(_files);
        using var cancellation = new CancellationTokenSource();
        Task<LogPosition> flushing = Task.Run(() => AppendAsync(log, 100, cancellation.Token).AsTask());
        await gate.WaitForFlushAsync();
        Task<LogPosition> queued = AppendAsync(log, 101, cancellation.Token).AsTask();
        Task<LogPosition> waiting = AppendAsync(log, 200, cancellation.Token).AsTask();
        Task<LogPosition> patient = AppendAsync(log, 102).AsTask();

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        Assert.False(flushing.IsCompleted || queued.IsCompleted || patient.IsCompleted);
        gate.Open();
        await Task.WhenAll(flushing, queued, patient).WaitAsync(Patience);

        Assert.Equal([100, 101, 102], Sizes(log).Order());
        Assert.Equal(3ul, log.LastSequence);
    }

    [Fact]
    public async Task AppendAsync_LargerThanThePendingLimit_IsTakenWhenNothingElseIsPending()
    {
        await using SegmentedLog log = await OpenAsync(maxPendingBytes: 1);

        await LogDriver.AppendAsync(log, 5000, 10, 6000);

        Assert.Equal([5000, 10, 6000], Sizes(log));
    }

    [Fact]
    public async Task AppendAsync_CancelledBefore_AppendsNothing()
    {
        await using SegmentedLog log = await OpenAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AppendAsync(log, 5, new CancellationToken(canceled: true)).AsTask());

        Assert.Equal(0ul, log.LastSequence);
    }

    [Fact]
    public async Task DisposeAsync_AppendsQueued_FinishesThemAndRefusesLaterOnes()
    {
        SegmentedLog log = await OpenAsync();
        using var gate = new FlushGate(_files);
        Task<LogPosition> flushing = Task.Run(() => AppendAsync(log, 1).AsTask());
        await gate.WaitForFlushAsync();
        Task<LogPosition> queued = AppendAsync(log, 2).AsTask();

        Task disposing = log.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await AppendAsync(log, 3));
        gate.Open();
        await Task.WhenAll(flushing, queued, disposing).WaitAsync(Patience);

        await using SegmentedLog reopened = await OpenAsync();
        Assert.Equal([1, 2], Sizes(reopened));
    }

    [Fact]
    public async Task AppendBatchAsync_BiggerThanASegment_StaysTogetherAndReportsPositions()
    {
        await using SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, 500);
        var positions = new LogPosition[4];
        PendingRecord[] batch = [.. Enumerable.Range(2, 4).Select(i => new PendingRecord(LogDriver.Tag((ulong)i), LogDriver.Payload((ulong)i, 2000 + i)))];

        LogPosition last = await log.AppendBatchAsync(batch, positions, CancellationToken.None);

        Assert.Equal(positions[3], last);
        Assert.Single(positions.Select(p => p.Segment).Distinct());
        Assert.Equal([500, 2002, 2003, 2004, 2005], Sizes(log));
        foreach (LogPosition position in positions)
        {
            Assert.True(log.ReadAt(position, out RecordBuffer? record));
            using (record)
            {
                Assert.Equal(position, record.Position);
                Assert.True(record.Payload.Span.SequenceEqual(LogDriver.Payload(record.Sequence, 2000 + (int)record.Sequence)));
            }
        }
    }

    [Fact]
    public async Task AppendAsync_OverTheRecordLimit_IsRefused()
    {
        await using SegmentedLog log = await SegmentedLog.OpenAsync(
            LogDriver.Options(DamagedLog.Directory, _files) with { MaxRecordBytes = 100 }, CancellationToken.None);

        var failure = await Assert.ThrowsAsync<RecordTooLargeException>(async () => await AppendAsync(log, 101));

        Assert.Equal(100, failure.MaxBytes);
        await LogDriver.AppendAsync(log, 100);
    }

    [Fact]
    public async Task AppendAsync_SteadyState_AllocatesNothing()
    {
        using var directory = new TemporaryDirectory();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(directory.Path, segmentSize: 64 << 20));
        byte[] payload = new byte[200];
        AppendSynchronously(log, payload, 200);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int synchronous = AppendSynchronously(log, payload, 200);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(200, synchronous);
        Assert.Equal(0, allocated);
    }

    /// <summary>Returns how many appends were finished when the call returned, which those of a lone appender are.</summary>
    private static int AppendSynchronously(SegmentedLog log, byte[] payload, int count)
    {
        int synchronous = 0;
        for (int i = 0; i < count; i++)
        {
            ValueTask<LogPosition> append = log.AppendAsync(default, payload, CancellationToken.None);
            synchronous += append.IsCompletedSuccessfully ? 1 : 0;
            append.GetAwaiter().GetResult();
        }

        return synchronous;
    }

    private static List<int> Sizes(SegmentedLog log)
    {
        var sizes = new List<int>();
        using LogReader reader = log.OpenReader(default);
        while (reader.TryRead(out LogRecord record))
        {
            sizes.Add(record.Payload.Length);
        }

        return sizes;
    }

    private static ValueTask<LogPosition> AppendAsync(SegmentedLog log, int size, CancellationToken cancellationToken = default) =>
        log.AppendAsync(LogDriver.Tag((ulong)size), LogDriver.Payload((ulong)size, size), cancellationToken);

    private Task<SegmentedLog> OpenAsync(long maxPendingBytes = 1 << 20) =>
        LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, _files) with { MaxPendingBytes = maxPendingBytes });
}
