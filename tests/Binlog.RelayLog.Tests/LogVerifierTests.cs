using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests;

public sealed class LogVerifierTests
{
    private static readonly int[] Sizes = [3000, 500, 3000, 3000, 10];

    [Fact]
    public async Task VerifyAsync_LogInUse_ReportsRangesAndTouchesNothing()
    {
        using var directory = new TemporaryDirectory();
        await using SegmentedLog log = await LogDriver.OpenAsync(LogDriver.Options(directory.Path));
        await LogDriver.AppendAsync(log, Sizes);

        LogVerification found = (await LogVerifier.VerifyAsync(directory.Path, CancellationToken.None))!;

        Assert.True(found.IsIntact);
        Assert.Equal(7ul, found.ClusterId);
        Assert.Equal([2ul, 1, 2], found.Segments.Select(s => s.Records));
        Assert.Equal(log.Segments, found.Segments.Select(s => s.Segment));
        Assert.Equal((LogDriver.Tag(4).CommitTs, LogDriver.Tag(5).CommitTs), (found.Segments[2].LowestCommitTs, found.Segments[2].HighestCommitTs));
        await LogDriver.AppendAsync(log, 10);
    }

    [Fact]
    public async Task VerifyAsync_SealedSegmentDamaged_NamesFileAndOffsetAndGoesOn()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.With(1, content =>
        {
            content[200] ^= 1;
            return content;
        });

        LogVerification found = (await LogVerifier.VerifyAsync(built.Options(files), CancellationToken.None))!;

        Assert.False(found.IsIntact);
        Assert.Equal((DamagedLog.PathOf(1), 128), (found.Segments[0].Damages[0].File, found.Segments[0].Damages[0].From));
        Assert.All(found.Segments.Skip(1), segment => Assert.Empty(segment.Damages));
    }

    [Fact]
    public async Task VerifyAsync_LastSegment_TellsAnUnfinishedEndFromDamage()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem torn = built.With(3, content => content[..^1]);
        MemoryFileSystem damaged = built.With(3, content =>
        {
            content[140] ^= 1;
            return content;
        });

        LogVerification unfinished = (await LogVerifier.VerifyAsync(built.Options(torn), CancellationToken.None))!;
        LogVerification corrupt = (await LogVerifier.VerifyAsync(built.Options(damaged), CancellationToken.None))!;

        Assert.True(unfinished.IsIntact);
        Assert.Equal(63, unfinished.Segments[2].UnfinishedBytes);
        Assert.Equal(128, corrupt.Segments[2].Damages[0].From);
    }

    [Fact]
    public async Task VerifyAsync_NoLog_IsNull()
    {
        using var directory = new TemporaryDirectory();

        Assert.Null(await LogVerifier.VerifyAsync(directory.Path, CancellationToken.None));
        Assert.Null(await LogVerifier.VerifyAsync(directory.File("absent"), CancellationToken.None));
    }
}
