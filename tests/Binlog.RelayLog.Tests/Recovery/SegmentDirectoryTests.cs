using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Recovery;

public sealed class SegmentDirectoryTests
{
    private static readonly int[] Sizes = [3000, 3000, 3000, 3000];

    [Fact]
    public async Task OpenAsync_MiddleSegmentMissing_NamesIt()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        built.Files.Delete(DamagedLog.PathOf(2));

        var failure = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options()));

        Assert.Equal(DamagedLog.PathOf(2), failure.File);
        Assert.Contains("segments 1 and 3", failure.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000000000000000002 (copy).seg")]
    [InlineData("2.seg")]
    [InlineData("00000000000000000002.SEG")]
    public async Task OpenAsync_SegmentTwice_RefusesTheOddName(string name)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        Copy(built.Files, DamagedLog.PathOf(2), Path.Combine(DamagedLog.Directory, name));

        var failure = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options()));

        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_SegmentCopiedToTheNextNumber_IsRefused()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        Copy(built.Files, DamagedLog.PathOf(4), DamagedLog.PathOf(5));

        var failure = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options()));

        Assert.Equal(DamagedLog.PathOf(5), failure.File);
        Assert.Contains("segment number 4", failure.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_SegmentsSwapped_IsRefused()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        (built.Segment(2).Content, built.Segment(3).Content) = (built.Segment(3).Content, built.Segment(2).Content);

        await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options()));
    }

    [Fact]
    public async Task OpenAsync_SegmentOfAnotherLog_IsRefused()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        DamagedLog other = await DamagedLog.BuildAsync(Sizes);
        built.Segment(3).Content = other.Segment(3).Content;

        var failure = await Assert.ThrowsAsync<LogFormatException>(() => LogDriver.OpenAsync(built.Options()));

        Assert.Equal(DamagedLog.PathOf(3), failure.File);
        Assert.Contains("another log", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_OtherCluster_IsRefused()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);

        var failure = await Assert.ThrowsAsync<LogFormatException>(() => LogDriver.OpenAsync(built.Options() with { ClusterId = 8 }));

        Assert.Contains("cluster 7", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_NewerFormat_IsRefusedAndLeftAlone()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.With(4, content =>
        {
            content[8] = 9;
            content[10] = 9;
            return content;
        });
        byte[] before = (byte[])files.File(DamagedLog.PathOf(4)).Content.Clone();

        var failure = await Assert.ThrowsAsync<LogFormatException>(() => LogDriver.OpenAsync(built.Options(files)));

        Assert.Contains("version 9", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, files.File(DamagedLog.PathOf(4)).Content);
    }

    [Fact]
    public async Task OpenAsync_NewerCompatibleFormat_IsRead()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.With(4, content =>
        {
            content[8] = 9;
            BitConverter.TryWriteBytes(content.AsSpan(124), Crc32C.Compute(content.AsSpan(0, 124)));
            return content;
        });

        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

        Assert.Equal(Sizes, LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task OpenAsync_LeftoverTemporaryFile_IsRemovedAndForeignFilesStay()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        built.Files.Create(DamagedLog.PathOf(5) + ".tmp");
        built.Files.Create(Path.Combine(DamagedLog.Directory, "notes.tmp"));

        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options());

        Assert.Equal([SegmentName.Of(5) + ".tmp"], log.Recovery.LeftoversRemoved);
        Assert.Contains(Path.Combine(DamagedLog.Directory, "notes.tmp"), built.Files.Names);
    }

    private static void Copy(MemoryFileSystem files, string from, string to)
    {
        files.Create(to).Dispose();
        files.File(to).Content = files.File(from).Content;
    }
}
