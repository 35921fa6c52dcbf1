using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Repairing;

public sealed class GapReadingTests
{
    private static readonly int[] Sizes = [1200, 40, 1700, 1500, 0, 1700, 1500, 100, 1700];

    [Fact]
    public async Task TryRead_Gap_StopsTheReaderEveryTime()
    {
        MemoryFileSystem files = await RepairedAsync();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        using LogReader reader = log.OpenReader(default);
        for (int record = 1; record < 5; record++)
        {
            Assert.True(reader.TryRead(out _));
        }

        LogGapException gap = Assert.Throws<LogGapException>(() => reader.TryRead(out _));

        Assert.Equal((5ul, 6ul, LogDriver.Tag(6).CommitTs), (gap.FirstSequence, gap.NextSequence, gap.HighestCommitTs));
        Assert.Throws<LogGapException>(() => reader.TryRead(out _));
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(5, true)]
    public async Task OpenReaderAtCommitTs_Gap_IsPassedWhenNothingAboveIsLost(ulong sequence, bool stops)
    {
        MemoryFileSystem files = await RepairedAsync();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));
        using LogReader reader = log.OpenReaderAtCommitTs(LogDriver.Tag(sequence).CommitTs);

        Exception? failure = Record.Exception(() =>
        {
            while (reader.TryRead(out _))
            {
            }
        });

        Assert.Equal(stops, failure is LogGapException);
        Assert.Equal(stops, failure is not null);
    }

    [Fact]
    public async Task Segments_OfRepairedLog_TellTheGap()
    {
        MemoryFileSystem files = await RepairedAsync();

        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(DamagedLog.Directory, files));

        Assert.Equal([(0, 0ul), (1, 1ul), (0, 0ul)], log.Segments.Select(segment => (segment.Gaps, segment.LostRecords)));
        Assert.Equal(8ul, log.Recovery.Records);
    }

    [Fact]
    public async Task VerifyAsync_RepairedLog_IsIntact()
    {
        MemoryFileSystem files = await RepairedAsync();

        LogVerification found = (await LogVerifier.VerifyAsync(LogDriver.Options(DamagedLog.Directory, files), CancellationToken.None))!;

        Assert.True(found.IsIntact);
        Assert.Equal([3ul, 2, 3], found.Segments.Select(segment => segment.Records));
    }

    [Fact]
    public void GapHeader_GoldenBytes_BothWays()
    {
        var gap = new GapHeader(512, 42, 44, 1000, true);
        byte[] golden = Convert.FromHexString("4C4741500100000000020000000000002A000000000000002C00000000000000E803000000000000" + "00000000");
        byte[] written = new byte[GapHeader.Size];

        gap.Write(written, 7);

        Assert.Equal(golden, written[..44]);
        Assert.True(GapHeader.TryRead(written, 7, out GapHeader read));
        Assert.Equal(gap, read);
        Assert.False(GapHeader.TryRead(written, 8, out _));
        for (int bit = 0; bit < written.Length * 8; bit++)
        {
            byte[] damaged = (byte[])written.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(GapHeader.TryRead(damaged, 7, out _));
        }
    }

    [Fact]
    public void SegmentHeader_WithGaps_NeedsAReaderThatKnowsThem()
    {
        var header = new SegmentHeader(7, Guid.NewGuid(), 3, 42, 1000, 5, 4096, 2, 11);
        byte[] bytes = new byte[SegmentHeader.Size];

        header.Write(bytes);

        Assert.Equal((2, 2), (BitConverter.ToUInt16(bytes, 8), BitConverter.ToUInt16(bytes, 10)));
        Assert.Equal(header, SegmentHeader.Read(bytes, "file"));
    }

    /// <summary>Record 5 is lost.</summary>
    private static async Task<MemoryFileSystem> RepairedAsync()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.With(2, content =>
        {
            content[built.Positions[4].Offset + 1] ^= 1;
            return content;
        });
        await RepairDriver.RepairAsync(files);
        return files;
    }
}
