using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Reading;

public sealed class LogReaderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly MemoryFileSystem _files = new();

    [Fact]
    public async Task WaitForMoreAsync_AtTheEnd_CompletesWithTheNextAppend()
    {
        await using SegmentedLog log = await OpenAsync();
        using LogReader reader = log.OpenReader(default);
        Assert.False(reader.TryRead(out _));

        Task<bool> waiting = reader.WaitForMoreAsync(CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        await LogDriver.AppendAsync(log, 9);

        Assert.True(await waiting.WaitAsync(Patience));
        Assert.True(reader.TryRead(out LogRecord record));
        Assert.Equal(9, record.Payload.Length);
        Assert.Equal(record.End, reader.Position);
    }

    [Fact]
    public async Task WaitForMoreAsync_NewEmptySegment_DoesNotSpin()
    {
        await using SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, 4000);
        using LogReader reader = log.OpenReader(default);
        Assert.True(reader.TryRead(out _));
        bool failed = false;
        _files.Before = (operation, path) =>
            operation == FileOperation.Write && path.EndsWith("2.seg", StringComparison.Ordinal) && !failed && (failed = true)
                ? throw MemoryFileHandle.NoSpace(path)
                : false;
        await Assert.ThrowsAsync<DiskFullException>(() => LogDriver.AppendAsync(log, 4000));
        Assert.Equal(2, log.Segments.Count);

        Task<bool> waiting = reader.WaitForMoreAsync(CancellationToken.None).AsTask();

        Assert.False(waiting.IsCompleted);
        await LogDriver.AppendAsync(log, 1);
        Assert.True(await waiting.WaitAsync(Patience));
        Assert.Equal([1], LogDriver.ReadAll(reader));
    }

    [Fact]
    public async Task WaitForMoreAsync_LogClosed_IsFalseOnceEverythingIsRead()
    {
        SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, 1);
        using LogReader reader = log.OpenReader(default);
        using LogReader late = log.OpenReader(log.FlushedEnd);
        Task<bool> waiting = late.WaitForMoreAsync(CancellationToken.None).AsTask();
        await log.DisposeAsync();

        Assert.False(await waiting.WaitAsync(Patience));
        Assert.True(await reader.WaitForMoreAsync(CancellationToken.None));
        Assert.Equal([1], LogDriver.ReadAll(reader));
        Assert.False(await reader.WaitForMoreAsync(CancellationToken.None));
    }

    [Fact]
    public async Task WaitForMoreAsync_Cancelled_Throws()
    {
        await using SegmentedLog log = await OpenAsync();
        using LogReader reader = log.OpenReader(default);
        using var cancellation = new CancellationTokenSource();
        Task<bool> waiting = reader.WaitForMoreAsync(cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task TryRead_BesideAppenders_SeesEveryRecordOnce()
    {
        const int count = 2000;
        using var directory = new TemporaryDirectory();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(directory.Path, segmentSize: 32 * 1024));
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            using LogReader reader = log.OpenReader(default);
            int seen = 0;
            while (seen < count && await reader.WaitForMoreAsync(CancellationToken.None))
            {
                while (reader.TryRead(out LogRecord record))
                {
                    Assert.Equal((ulong)++seen, record.Sequence);
                    Assert.True(record.End <= log.FlushedEnd);
                }
            }

            return seen;
        }))];

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < count / 4; i++)
            {
                await log.AppendAsync(default, new byte[i % 300], CancellationToken.None);
            }
        })));

        Assert.All(await Task.WhenAll(readers).WaitAsync(Patience), seen => Assert.Equal(count, seen));
    }

    [Fact]
    public async Task OpenReader_AtEachRecordAndItsEnd_StartsThere()
    {
        int[] sizes = [100, 3000, 2000, 5000, 7];
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, sizes);

        for (int i = 0; i < sizes.Length; i++)
        {
            using LogReader at = log.OpenReader(positions[i]);
            Assert.True(at.TryRead(out LogRecord record));
            using LogReader after = log.OpenReader(record.End);

            Assert.Equal(sizes[i], record.Payload.Length);
            Assert.Equal(sizes[(i + 1)..], LogDriver.ReadAll(after));
        }

        using LogReader segmentStart = log.OpenReader(new LogPosition(2, 0));
        Assert.Equal(sizes[2..], LogDriver.ReadAll(segmentStart));
    }

    [Fact]
    public async Task OpenReader_InsideARecord_IsDetected()
    {
        await using SegmentedLog log = await OpenAsync();
        LogPosition position = (await LogDriver.AppendAsync(log, 100))[0];
        using LogReader reader = log.OpenReader(position with { Offset = position.Offset + 8 });

        Assert.Throws<CorruptLogException>(() => reader.TryRead(out _));
    }

    [Theory]
    [InlineData(1ul, 100000L)]
    [InlineData(2ul, 129L)]
    [InlineData(3ul, 0L)]
    public async Task OpenReader_AfterTheEnd_IsRefused(ulong segment, long offset)
    {
        await using SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, 4000);
        bool failed = false;
        _files.Before = (operation, path) =>
            operation == FileOperation.Write && path.EndsWith("2.seg", StringComparison.Ordinal) && !failed && (failed = true)
                ? throw MemoryFileHandle.NoSpace(path)
                : false;
        await Assert.ThrowsAsync<DiskFullException>(() => LogDriver.AppendAsync(log, 4000));

        Assert.Throws<PositionNotFoundException>(() => log.OpenReader(new LogPosition(segment, offset)));
        Assert.Throws<PositionNotFoundException>(() => log.ReadAt(new LogPosition(segment, offset), out _));
    }

    [Fact]
    public async Task OpenReaderAtCommitTs_AnyCommitTs_SkipsOnlyOlderRecords()
    {
        await using SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, [.. Enumerable.Repeat(1500, 9)]);

        for (ulong commitTs = 0; commitTs <= 20; commitTs++)
        {
            using LogReader reader = log.OpenReaderAtCommitTs(commitTs);
            ulong first = (reader.TryRead(out LogRecord record) ? record.Sequence : 10) - 1;

            Assert.True(LogDriver.Tag(first).CommitTs <= commitTs || first == 0);
            Assert.True(commitTs - Math.Min(commitTs, LogDriver.Tag(first).CommitTs) < 6, "no more than one segment is read in vain");
        }
    }

    [Fact]
    public async Task ReadAt_FlushedEnd_IsFalse()
    {
        await using SegmentedLog log = await OpenAsync();
        await LogDriver.AppendAsync(log, 5);

        Assert.False(log.ReadAt(log.FlushedEnd, out RecordBuffer? none));
        Assert.Null(none);
    }

    [Fact]
    public async Task FindAt_EveryRecord_ItsHeaderAndItsPayload()
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, [.. Enumerable.Range(0, 9).Select(i => i * 400)]);

        for (int i = 0; i < positions.Count; i++)
        {
            Assert.True(log.ReadAt(positions[i], out RecordBuffer? expected));
            LargeRecord found = log.FindAt(positions[i])!;

            Assert.Equal((expected.Position, expected.End, expected.Sequence, expected.Tag), (found.Position, found.End, found.Sequence, found.Tag));
            Assert.Equal(expected.Payload.ToArray(), found.ReadWhole());
            expected.Dispose();
        }

        Assert.Null(log.FindAt(log.FlushedEnd));
        Assert.Throws<CorruptLogException>(() => log.FindAt(positions[^1] with { Offset = positions[^1].Offset + 8 }));
    }

    [Fact]
    public async Task ReadWhole_LargeRecord_Refused()
    {
        await using SegmentedLog log = await OpenAsync();
        List<LogPosition> positions = await LogDriver.AppendAsync(log, RecordWindow.LargeBytes, RecordWindow.LargeBytes + 1);

        Assert.Equal(RecordWindow.LargeBytes, log.FindAt(positions[0])!.ReadWhole().Length);
        Assert.Throws<InvalidOperationException>(() => log.FindAt(positions[1])!.ReadWhole());
    }

    private Task<SegmentedLog> OpenAsync() => LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, _files));
}
