using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Reading;

public sealed class RetentionTests
{
    private readonly MemoryFileSystem _files = new();
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task ApplyRetentionAsync_KeepFromOnly_RemovesEverythingBefore()
    {
        await using SegmentedLog log = await OpenAsync(segments: 5);
        LogPosition third = new(3, 0);

        RetentionResult result = await log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = third }, CancellationToken.None);

        Assert.Equal(2, result.SegmentsRemoved);
        Assert.Equal([3ul, 4, 5], log.Segments.Select(s => s.Number));
        Assert.Equal(log.Start, result.Start);
        Assert.Equal(log.Segments[0].BaseCommitTs, log.BaseCommitTs);
        Assert.Equal(LogDriver.Tag(2).CommitTs, log.BaseCommitTs);
    }

    [Fact]
    public async Task ApplyRetentionAsync_EverythingAllowed_KeepsTheLastSegment()
    {
        await using SegmentedLog log = await OpenAsync(segments: 4);

        await log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0 }, CancellationToken.None);

        Assert.Equal([4ul], log.Segments.Select(s => s.Number));
        Assert.Equal(4ul, log.LastSequence);
    }

    [Fact]
    public async Task ApplyRetentionAsync_SizeAndFence_TheFenceWins()
    {
        await using SegmentedLog log = await OpenAsync(segments: 5);

        await log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0, KeepFrom = new LogPosition(2, 128) }, CancellationToken.None);

        Assert.Equal([2ul, 3, 4, 5], log.Segments.Select(s => s.Number));
    }

    [Fact]
    public async Task ApplyRetentionAsync_Size_RemovesUntilItFits()
    {
        await using SegmentedLog log = await OpenAsync(segments: 5);
        long total = log.Segments.Sum(s => s.Bytes);

        await log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = total - 1 }, CancellationToken.None);

        Assert.Equal(4, log.Segments.Count);
    }

    [Fact]
    public async Task ApplyRetentionAsync_Age_CountsFromSealing()
    {
        await using SegmentedLog log = await OpenAsync(segments: 5);
        var policy = new RetentionPolicy { MaxAge = TimeSpan.FromMinutes(25) };

        await log.ApplyRetentionAsync(policy, CancellationToken.None);
        int before = log.Segments.Count;
        _clock.Advance(TimeSpan.FromMinutes(1));
        await log.ApplyRetentionAsync(policy, CancellationToken.None);

        Assert.Equal(3, before);
        Assert.Equal(3, log.Segments.Count);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await log.ApplyRetentionAsync(policy, CancellationToken.None);
        Assert.Equal(2, log.Segments.Count);
    }

    [Fact]
    public async Task ApplyRetentionAsync_NothingSet_RemovesNothing()
    {
        await using SegmentedLog log = await OpenAsync(segments: 3);

        RetentionResult result = await log.ApplyRetentionAsync(new RetentionPolicy(), CancellationToken.None);

        Assert.Equal(0, result.SegmentsRemoved);
    }

    [Fact]
    public async Task Readers_OvertakenByRetention_GetAClearError()
    {
        await using SegmentedLog log = await OpenAsync(segments: 4);
        using LogReader unopened = log.OpenReader(default);
        using LogReader inside = log.OpenReader(default);
        using LogReader atEnd = log.OpenReader(default);
        Assert.True(inside.TryRead(out LogRecord first));
        Assert.True(atEnd.TryRead(out _));
        Assert.True(atEnd.TryRead(out _));

        await log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = new LogPosition(3, 0) }, CancellationToken.None);

        Assert.Equal(new LogPosition(3, 128), Assert.Throws<RetentionGapException>(() => unopened.TryRead(out _)).Start);
        Assert.Throws<RetentionGapException>(() => inside.TryRead(out _));
        Assert.Throws<RetentionGapException>(() => log.OpenReader(first.Position));
        Assert.Throws<RetentionGapException>(() => log.ReadAt(first.Position, out _));
        Assert.Throws<RetentionGapException>(() => log.OpenReaderAtCommitTs(0));
        Assert.True(atEnd.TryRead(out LogRecord third));
        Assert.Equal(3ul, third.Sequence);
    }

    [Fact]
    public async Task ApplyRetentionAsync_CrashAtEveryOperation_LeavesAValidLog()
    {
        for (int operation = 1; operation <= 8; operation++)
        {
            var files = new MemoryFileSystem();
            await using SegmentedLog log = await FillAsync(files, 5);
            int stop = files.Operations + operation;
            files.Before = (_, _) => files.Operations == stop;
            await Record.ExceptionAsync(() => log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0 }, CancellationToken.None));

            await using SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files.LosePower(new Random(operation))));
            List<int> left = LogDriver.ReadAll(reopened);
            Assert.InRange(left.Count, 1, 5);
            Assert.Equal(5ul, reopened.LastSequence);
            await reopened.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0 }, CancellationToken.None);
            Assert.Single(reopened.Segments);
        }
    }

    [Fact]
    public async Task ApplyRetentionAsync_DeletionFails_KeepsThatSegmentAndCanBeRepeated()
    {
        await using SegmentedLog log = await OpenAsync(segments: 4);
        bool failed = false;
        _files.Before = (operation, path) =>
            operation == FileOperation.Delete && path == DamagedLog.PathOf(2) && !failed && (failed = true) ? throw new UnauthorizedAccessException("denied") : false;

        var failure = await Assert.ThrowsAsync<SegmentRemovalException>(
            () => log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0 }, CancellationToken.None));
        Assert.Equal(DamagedLog.PathOf(2), failure.File);
        Assert.Equal([2ul, 3, 4], log.Segments.Select(s => s.Number));
        await log.ApplyRetentionAsync(new RetentionPolicy { MaxBytes = 0 }, CancellationToken.None);

        Assert.Equal([4ul], log.Segments.Select(s => s.Number));
    }

    /// <summary>One record a segment, ten minutes apart.</summary>
    private Task<SegmentedLog> OpenAsync(int segments) => FillAsync(_files, segments);

    private async Task<SegmentedLog> FillAsync(MemoryFileSystem files, int segments)
    {
        SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { TimeProvider = _clock });
        for (int i = 0; i < segments; i++)
        {
            await LogDriver.AppendAsync(log, 4000);
            _clock.Advance(TimeSpan.FromMinutes(10));
        }

        return log;
    }
}
