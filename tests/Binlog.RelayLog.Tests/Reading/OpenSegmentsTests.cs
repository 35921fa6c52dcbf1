using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Reading;

public sealed class OpenSegmentsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CountingFileSystem _files = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ReadAt_ManySegments_NoMoreFilesThanAllowedStayOpen()
    {
        await using SegmentedLog log = await OpenAsync(maxOpenSegments: 3);
        var positions = new List<LogPosition>();
        for (int number = 0; number < 40; number++)
        {
            positions.Add(await log.AppendAsync(new RecordTag(1, (ulong)number, 0), new byte[3000], Cancelled));
        }

        Assert.Equal(40, log.Segments.Count);
        int before = _files.OpenCount;
        var random = new Random(1);
        for (int read = 0; read < 400; read++)
        {
            int number = random.Next(positions.Count);
            Assert.True(log.ReadAt(positions[number], out RecordBuffer? record));
            using (record)
            {
                Assert.Equal((ulong)number, record.Tag.StartTs);
            }

            Assert.InRange(_files.OpenCount - before, 1, 3);
            Assert.Equal(_files.OpenCount - before, log.OpenFiles);
        }
    }

    [Fact]
    public async Task ReadAt_ManyThreads_EveryReadSucceedsAndFilesAreClosedAgain()
    {
        await using SegmentedLog log = await OpenAsync(maxOpenSegments: 2);
        var positions = new List<LogPosition>();
        for (int number = 0; number < 20; number++)
        {
            positions.Add(await log.AppendAsync(new RecordTag(1, (ulong)number, 0), new byte[6000], Cancelled));
        }

        int before = _files.OpenCount;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(
            () =>
            {
                var random = new Random(seed);
                for (int read = 0; read < 2000; read++)
                {
                    int number = random.Next(positions.Count);
                    Assert.True(log.ReadAt(positions[number], out RecordBuffer? record));
                    Assert.Equal((ulong)number, record.Tag.StartTs);
                    record.Dispose();
                }
            },
            Cancelled)));

        Assert.InRange(_files.OpenCount - before, 1, 2);
    }

    [Fact]
    public void Return_SegmentClosedMeanwhile_FileIsOpenUntilThen()
    {
        var header = new SegmentHeader(1, Guid.NewGuid(), 1, 1, 0, 0, 0);
        string path = Path.Combine(_directory.Path, "file");
        File.WriteAllBytes(path, [1, 2, 3]);
        var segment = new Segment(header, path, 3);
        var open = new OpenSegments(_files, capacity: 1);
        ILogFile file = open.Lend(segment);

        segment.CloseShared();

        Assert.Equal(3, file.Read(new byte[3], 0));
        segment.Return();
        Assert.Equal(0, _files.OpenCount);
        Assert.Throws<ObjectDisposedException>(() => open.Lend(segment));
    }

    private Task<SegmentedLog> OpenAsync(int maxOpenSegments) => SegmentedLog.OpenAsync(
        new SegmentedLogOptions { Directory = _directory.Path, SegmentSizeBytes = 4096, FileSystem = _files, MaxOpenSegments = maxOpenSegments }, Cancelled);
}
