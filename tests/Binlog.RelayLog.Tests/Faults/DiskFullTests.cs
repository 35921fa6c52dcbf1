using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Faults;

public sealed class DiskFullTests
{
    [Fact]
    public async Task FullAtEveryByte_GoesOnWithoutRestartWhenSpaceIsFreed()
    {
        int[] sizes = [1000, 2000, 1500];
        var unlimited = new MemoryFileSystem();
        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, unlimited)))
        {
            await LogDriver.AppendAsync(log, sizes);
        }

        for (long capacity = 128; capacity < unlimited.UsedBytes; capacity += 7)
        {
            var files = new MemoryFileSystem { Capacity = capacity };
            await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
            bool full = false;
            foreach (int size in sizes)
            {
                try
                {
                    await LogDriver.AppendAsync(log, size);
                }
                catch (DiskFullException e)
                {
                    Assert.True(e.IsTransient);
                    Assert.Contains("disk is full", e.Message, StringComparison.Ordinal);
                    full = true;
                    break;
                }
            }

            Assert.True(full || capacity > 4700);
            List<int> before = LogDriver.ReadAll(log);
            Assert.Equal(sizes[..before.Count], before);
            files.Capacity = long.MaxValue;
            await LogDriver.AppendAsync(log, 500, 600);

            Assert.Equal([.. before, 500, 600], LogDriver.ReadAll(log));
            Assert.False(log.IsFaulted);
            await using SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files.LosePower(new Random((int)capacity))));
            Assert.Equal([.. before, 500, 600], LogDriver.ReadAll(reopened));
        }
    }

    [Theory]
    [InlineData(FileOperation.Create)]
    [InlineData(FileOperation.Write)]
    [InlineData(FileOperation.Flush)]
    [InlineData(FileOperation.Rename)]
    public async Task FullAtAnyStepOfAppending_EachFailureIsCleanAndTheNextAppendWorks(FileOperation operation)
    {
        for (int occurrence = 1; occurrence <= 8; occurrence++)
        {
            var files = new MemoryFileSystem();
            await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
            int left = occurrence;
            files.Before = (current, path) => current == operation && --left == 0 ? throw MemoryFileHandle.NoSpace(path) : false;
            var expected = new List<int>();
            for (int i = 0; i < 12; i++)
            {
                try
                {
                    await LogDriver.AppendAsync(log, 1000 + i);
                    expected.Add(1000 + i);
                }
                catch (DiskFullException)
                {
                    Assert.Equal(expected, LogDriver.ReadAll(log));
                }
            }

            Assert.True(left > 0 || expected.Count == 11);
            Assert.Equal(expected, LogDriver.ReadAll(log));
            await using SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files.LosePower(new Random(occurrence))));
            Assert.Equal(expected, LogDriver.ReadAll(reopened));
        }
    }

    /// <summary>Then whether the new segment's name is durable is unknown, so nothing more may be written.</summary>
    [Fact]
    public async Task FullWhenTheDirectoryIsFlushed_StopsTheLog()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        await LogDriver.AppendAsync(log, 3000);
        files.Before = (operation, path) => operation == FileOperation.FlushDirectory ? throw MemoryFileHandle.NoSpace(path) : false;

        await Assert.ThrowsAsync<LogFaultedException>(() => LogDriver.AppendAsync(log, 3000));

        files.Before = null;
        await using SegmentedLog reopened = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files.Restart()));
        Assert.Equal([3000], LogDriver.ReadAll(reopened));
    }

    [Fact]
    public async Task OpenAsync_TooFullForACopyOfTheLastSegment_RecoversInPlace()
    {
        DamagedLog built = await DamagedLog.BuildAsync(100, 200, 300);
        MemoryFileSystem files = built.With(1, content => content[..^10]);
        files.Capacity = files.UsedBytes;

        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

        Assert.Equal([100, 200], LogDriver.ReadAll(log));
        await using SegmentedLog again = await LogDriver.OpenAsync(built.Options(files.LosePower(new Random(1))));
        Assert.Equal([100, 200], LogDriver.ReadAll(again));
    }
}
