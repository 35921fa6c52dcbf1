using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Faults;

/// <summary>Lets single operations fail while the process lives on.</summary>
public sealed class InputOutputErrorTests
{
    [Theory]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    [InlineData(FileOperation.Rename)]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.FlushDirectory)]
    public async Task EveryOccurrenceFailsOnce_NothingAcknowledgedIsLostAndTheLogStaysStopped(FileOperation operation)
    {
        for (int occurrence = 1; ; occurrence++)
        {
            var files = new MemoryFileSystem();
            int left = occurrence;
            files.Before = (current, path) => current == operation && !IsMark(path) && --left == 0 ? throw MemoryFileHandle.InputOutputError() : false;
            var workload = new Workload();
            RelayLogException? failure = await workload.RunAsync(files);
            if (left > 0)
            {
                Assert.Null(failure);
                Assert.InRange(occurrence, 2, 1000);
                return;
            }

            Assert.NotNull(failure);
            files.Before = null;
            await workload.VerifyAsync(files.Restart().LosePower(new Random(occurrence)));
        }
    }

    [Fact]
    public async Task FlushFailsOnceThenSucceeds_TheBatchIsNeverAcknowledgedAndTheFaultIsLatched()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        await LogDriver.AppendAsync(log, 10);
        bool failed = false;
        files.Before = (operation, _) => operation == FileOperation.Flush && !failed && (failed = true) ? throw MemoryFileHandle.InputOutputError() : false;

        var first = await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.AppendAsync(log, 20));
        var second = await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.AppendAsync(log, 30));

        Assert.True(log.IsFaulted);
        Assert.Same(log.Fault, first.InnerException);
        Assert.Same(log.Fault, second.InnerException);
        Assert.Equal([10], LogDriver.ReadAll(log));
        Assert.Equal(1ul, log.LastSequence);
    }

    /// <summary>The kernel's cache shows the second record, but it will never write it: recovery must not believe the cache.</summary>
    [Fact]
    public async Task ReopenedAfterAFailedFlush_WhatIsRecoveredIsDurable()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        await LogDriver.AppendAsync(log, 10);
        bool failed = false;
        files.Before = (operation, _) => operation == FileOperation.Flush && !failed && (failed = true) ? throw MemoryFileHandle.InputOutputError() : false;
        await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.AppendAsync(log, 2000));
        MemoryFileSystem restarted = files.Restart();

        List<int> recovered;
        await using (SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, restarted)))
        {
            recovered = LogDriver.ReadAll(reopened);
        }

        for (int seed = 0; seed < 20; seed++)
        {
            await using SegmentedLog afterPowerLoss =
                await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, restarted.LosePower(new Random(seed))));
            Assert.Equal(recovered, LogDriver.ReadAll(afterPowerLoss));
        }
    }

    [Fact]
    public async Task WaitForMoreAsync_LogFails_ThrowsInsteadOfWaitingForEver()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        using LogReader reader = log.OpenReader(default);
        Task<bool> waiting = reader.WaitForMoreAsync(CancellationToken.None).AsTask();
        files.Before = (operation, _) => operation == FileOperation.Write ? throw MemoryFileHandle.InputOutputError() : false;

        await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.AppendAsync(log, 20));

        await Assert.ThrowsAsync<LogFaultedException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task TryRead_ReadFailsOnce_CanBeRepeated()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        await LogDriver.AppendAsync(log, 10, 20);
        using LogReader reader = log.OpenReader(default);
        bool failed = false;
        files.Before = (operation, _) => operation == FileOperation.Read && !failed && (failed = true) ? throw MemoryFileHandle.InputOutputError() : false;

        var failure = Assert.Throws<LogReadException>(() => reader.TryRead(out _));

        Assert.Equal(DamagedLog.PathOf(1), failure.File);
        Assert.Equal([10, 20], LogDriver.ReadAll(reader));
    }

    private static bool IsMark(string path) => path.EndsWith("closed.mark", StringComparison.Ordinal);
}
