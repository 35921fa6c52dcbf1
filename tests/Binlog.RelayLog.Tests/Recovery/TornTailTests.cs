using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Recovery;

public sealed class TornTailTests
{
    private static readonly int[] Sizes = [3000, 2000, 0, 5, 100, 300];

    [Fact]
    public async Task OpenAsync_LastSegmentCutAtEveryByte_KeepsAllWholeRecordsAndGoesOn()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        int full = built.Segment(2).Content.Length;

        for (int length = SegmentHeader.Size; length < full; length++)
        {
            int kept = built.Positions.Count(p => p.Segment == 1)
                + built.Positions.Select((p, i) => (p, i)).Count(x => x.p.Segment == 2 && x.p.Offset + RecordHeader.SizeOf(Sizes[x.i]) <= length);
            MemoryFileSystem files = built.With(2, content => content[..length]);

            await using (SegmentedLog log = await LogDriver.OpenAsync(built.Options(files)))
            {
                Assert.Equal(Sizes[..kept], LogDriver.ReadAll(log));
                long cut = length - log.FlushedEnd.Offset;
                Assert.Equal(cut == 0 ? null : new TornTail(2, DamagedLog.PathOf(2), log.FlushedEnd.Offset, cut), log.Recovery.TornTail);
                await LogDriver.AppendAsync(log, 77);
            }

            await using SegmentedLog reopened = await LogDriver.OpenAsync(built.Options(files.LosePower(new Random(length))));
            Assert.Equal([.. Sizes[..kept], 77], LogDriver.ReadAll(reopened));
            Assert.Null(reopened.Recovery.TornTail);
        }
    }

    [Theory]
    [InlineData("zeros")]
    [InlineData("garbage")]
    [InlineData("older segment of this log")]
    [InlineData("same place in another log")]
    public async Task OpenAsync_FilledAfterTheTail_TakesNothingForARecord(string kind)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        DamagedLog other = await DamagedLog.BuildAsync([.. Sizes, 60, 60, 60]);
        int end = built.Segment(2).Content.Length;
        var garbage = new byte[5000];
        new Random(4).NextBytes(garbage);
        byte[] fill = kind switch
        {
            "zeros" => new byte[5000],
            "garbage" => garbage,
            "older segment of this log" => built.Segment(1).Content[SegmentHeader.Size..],
            _ => other.Segment(2).Content[end..],
        };
        MemoryFileSystem files = built.With(2, content => [.. content, .. fill]);

        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

        Assert.NotEmpty(fill);
        Assert.Equal(Sizes, LogDriver.ReadAll(log));
        Assert.Equal(kind == "zeros" ? null : fill.Length, log.Recovery.TornTail?.BytesCut);
        Assert.Equal(end, files.File(DamagedLog.PathOf(2)).Content.Length);
    }

    [Fact]
    public async Task OpenAsync_EveryBitOfTheLastSegmentFlipped_StopsOrCutsTheLastRecordOnly()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        byte[] intact = built.Segment(2).Content;
        long lastRecord = built.Positions[^1].Offset;
        long padding = lastRecord + RecordHeader.Size + Sizes[^1];
        Assert.InRange(padding, 1, intact.Length - 1);

        for (int bit = 0; bit < intact.Length * 8; bit += 3)
        {
            MemoryFileSystem files = built.With(2, content => Flip(content, bit));
            byte[] before = (byte[])files.File(DamagedLog.PathOf(2)).Content.Clone();
            if (bit / 8 >= padding)
            {
                await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

                Assert.Equal(Sizes, LogDriver.ReadAll(log));
                Assert.Null(log.Recovery.TornTail);
                Assert.Equal(intact, files.File(DamagedLog.PathOf(2)).Content);
            }
            else if (bit / 8 >= lastRecord)
            {
                await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

                Assert.Equal(Sizes[..^1], LogDriver.ReadAll(log));
                Assert.Equal(lastRecord, log.Recovery.TornTail?.Offset);
            }
            else
            {
                var failure = await Assert.ThrowsAnyAsync<RelayLogException>(() => LogDriver.OpenAsync(built.Options(files)));

                Assert.Contains(DamagedLog.PathOf(2), failure.Message, StringComparison.Ordinal);
                Assert.Equal(before, files.File(DamagedLog.PathOf(2)).Content);
            }
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task OpenAsync_PaddingOfTheLastRecordNotZero_KeepsTheRecordAndClearsThePadding(bool wasClosed, bool isDiskFull)
    {
        var running = new MemoryFileSystem();
        MemoryFileSystem files;
        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, running) with { ReserveBytes = 0 }))
        {
            await LogDriver.AppendAsync(log, 100, 300_001);
            files = running.Restart();
        }

        files = wasClosed ? running.Restart() : files;
        MemoryFile last = files.File(DamagedLog.PathOf(2));
        byte[] intact = (byte[])last.Content.Clone();
        last.Content[^1] ^= 1;
        files.Before = (operation, path) => isDiskFull && operation == FileOperation.Create && path.EndsWith(".tmp", StringComparison.Ordinal) ? throw MemoryFileHandle.NoSpace(path) : false;

        await using (SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files) with { ReserveBytes = 0 }))
        {
            Assert.Equal([100, 300_001], LogDriver.ReadAll(log));
            Assert.Equal(intact, files.File(DamagedLog.PathOf(2)).Content);
        }

        await using SegmentedLog afterPowerLoss = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files.LosePower(new Random(5))));
        Assert.Equal([100, 300_001], LogDriver.ReadAll(afterPowerLoss));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenAsync_PaddingNotZeroAndARecordOfItsGroupDamaged_KeepsWhatIsBeforeThat(bool wasClosed)
    {
        var running = new MemoryFileSystem();
        SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, running));
        var positions = new LogPosition[3];
        PendingRecord[] batch = [.. Enumerable.Range(1, 3).Select(i => new PendingRecord(LogDriver.Tag((ulong)i), LogDriver.Payload((ulong)i, 101)))];
        await log.AppendBatchAsync(batch, positions, CancellationToken.None);
        MemoryFileSystem files = running.Restart();
        await log.DisposeAsync();
        files = wasClosed ? running.Restart() : files;
        byte[] content = files.File(DamagedLog.PathOf(1)).Content;
        content[positions[1].Offset - 1] ^= 1;
        content[positions[1].Offset + 60] ^= 1;

        if (wasClosed)
        {
            CorruptLogException refused = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files)));
            Assert.Equal((positions[0].Offset, "zero padding after record 1"), (refused.Offset, refused.Expected));
            return;
        }

        await using SegmentedLog cut = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        Assert.Equal([101], LogDriver.ReadAll(cut));
        Assert.Equal(positions[1].Offset, cut.Recovery.TornTail?.Offset);
    }

    [Fact]
    public async Task OpenAsync_BatchDamagedInTheMiddle_DependsOnWhetherItWasClosedCleanly()
    {
        var killed = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, killed));
        LogPosition[] positions = new LogPosition[3];
        PendingRecord[] batch = [.. Enumerable.Range(1, 3).Select(i => new PendingRecord(LogDriver.Tag((ulong)i), LogDriver.Payload((ulong)i, 100)))];
        await log.AppendBatchAsync(batch, positions, CancellationToken.None);
        MemoryFileSystem unfinished = killed.Restart();
        await log.DisposeAsync();
        MemoryFileSystem closed = killed.Restart();
        string path = DamagedLog.PathOf(1);
        int damaged = (int)positions[1].Offset + 60;
        unfinished.File(path).Content = Flip(unfinished.File(path).Content, damaged * 8);
        closed.File(path).Content = Flip(closed.File(path).Content, damaged * 8);

        await using SegmentedLog cut = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, unfinished));
        var refused = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, closed)));

        Assert.Equal([100], LogDriver.ReadAll(cut));
        Assert.Equal(positions[1].Offset, refused.Offset);
    }

    private static byte[] Flip(byte[] content, int bit)
    {
        var flipped = (byte[])content.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
