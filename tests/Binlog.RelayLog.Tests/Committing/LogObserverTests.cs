using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Committing;

/// <summary>What an observer of the log is told.</summary>
public sealed class LogObserverTests
{
    [Fact]
    public async Task GroupFlushed_Appends_HaveTheirRecordsBytesAndTimes()
    {
        var time = new SteppingTimeProvider();
        var files = new MemoryFileSystem
        {
            Before = (operation, _) =>
            {
                time.Step(operation switch { FileOperation.Write => 3, FileOperation.Flush => 5, _ => 0 });
                return false;
            },
        };
        var observer = new Observer();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { Observer = observer, TimeProvider = time });

        LogPosition first = await log.AppendAsync(LogDriver.Tag(1), new byte[100], CancellationToken.None);
        await log.AppendBatchAsync([new PendingRecord(LogDriver.Tag(2), new byte[10]), new PendingRecord(LogDriver.Tag(3), new byte[20])], CancellationToken.None);
        await log.DisposeAsync();

        Assert.Equal([(1, 3, 5), (2, 3, 5)], observer.Groups.Select(group => (group.Records, group.Writing.Seconds, group.Flushing.Seconds)));
        Assert.Equal(log.FlushedEnd.Offset - first.Offset, observer.Groups.Sum(group => group.Bytes));
        Assert.Empty(observer.Segments);
        Assert.Empty(observer.Failures);
    }

    [Fact]
    public async Task SegmentBegun_SegmentFull_ComesOncePerSegmentWithItsTime()
    {
        var time = new SteppingTimeProvider();
        var files = new MemoryFileSystem
        {
            Before = (operation, _) =>
            {
                time.Step(operation == FileOperation.FlushDirectory ? 7 : 0);
                return false;
            },
        };
        var observer = new Observer();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { Observer = observer, TimeProvider = time });

        await LogDriver.AppendAsync(log, 3000, 3000, 3000);
        await log.DisposeAsync();

        Assert.Equal(log.Segments.Count - 1, observer.Segments.Count);
        Assert.Equal([7, 7], observer.Segments.Select(duration => duration.Seconds));
        Assert.All(observer.Groups, group => Assert.Equal((1, 0), (group.Records, group.Writing.Seconds)));
    }

    [Fact]
    public async Task GroupFailed_FlushFails_ComesWithTheCause()
    {
        var files = new MemoryFileSystem();
        var observer = new Observer();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { Observer = observer });
        files.Before = (operation, _) => operation == FileOperation.Flush ? throw MemoryFileHandle.InputOutputError() : false;

        var failure = await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.AppendAsync(log, 20));
        await log.DisposeAsync();

        Assert.Same(failure.InnerException, Assert.Single(observer.Failures));
        Assert.Empty(observer.Groups);
    }

    private sealed class Observer : ILogObserver
    {
        public List<(int Records, long Bytes, TimeSpan Writing, TimeSpan Flushing)> Groups { get; } = [];

        public List<TimeSpan> Segments { get; } = [];

        public List<Exception> Failures { get; } = [];

        public void GroupFlushed(int records, long bytes, TimeSpan writing, TimeSpan flushing) => Groups.Add((records, bytes, writing, flushing));

        public void SegmentBegun(TimeSpan duration) => Segments.Add(duration);

        public void GroupFailed(Exception cause) => Failures.Add(cause);
    }

    private sealed class SteppingTimeProvider : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Volatile.Read(ref _seconds);

        public void Step(int seconds) => Interlocked.Add(ref _seconds, seconds);
    }
}
