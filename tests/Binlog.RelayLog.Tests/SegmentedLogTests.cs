using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests;

public sealed class SegmentedLogTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task AppendAsync_SeveralSegments_ReadsBackInOrderAndAfterReopening()
    {
        int[] sizes = [0, 1, 7, 8, 9, 511, 512, 513, 4096, 20000, 3, 4000, 4001];
        SegmentedLogOptions options = LogDriver.Options(_directory.Path);
        await using (SegmentedLog log = await LogDriver.OpenAsync(options))
        {
            List<LogPosition> positions = await LogDriver.AppendAsync(log, sizes);

            Assert.Equal(sizes, LogDriver.ReadAll(log));
            Assert.True(log.Segments.Count > 3);
            Assert.Equal(positions.Order(), positions);
        }

        await using SegmentedLog reopened = await LogDriver.OpenAsync(options);

        Assert.Equal(sizes, LogDriver.ReadAll(reopened));
        Assert.Null(reopened.Recovery.TornTail);
        Assert.Equal((ulong)sizes.Length, reopened.Recovery.Records);
        Assert.Equal(LogDriver.Tag((ulong)sizes.Length), reopened.Recovery.LastTag);
        await LogDriver.AppendAsync(reopened, 5);
        Assert.Equal([.. sizes, 5], LogDriver.ReadAll(reopened));
    }

    [Fact]
    public async Task AppendAsync_ManyAppendersAtOnce_KeepsEachOnesOrder()
    {
        const int appenders = 32;
        const int perAppender = 100;
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(_directory.Path, segmentSize: 64 * 1024));

        await Task.WhenAll(Enumerable.Range(0, appenders).Select(appender => Task.Run(async () =>
        {
            for (int i = 0; i < perAppender; i++)
            {
                await log.AppendAsync(new RecordTag((ushort)appender, (ulong)i, 0), new byte[i], CancellationToken.None);
            }
        })));

        using LogReader reader = log.OpenReader(default);
        var next = new ulong[appenders];
        while (reader.TryRead(out LogRecord record))
        {
            Assert.Equal(next[record.Tag.Kind]++, record.Tag.StartTs);
        }

        Assert.All(next, count => Assert.Equal((ulong)perAppender, count));
    }
}
