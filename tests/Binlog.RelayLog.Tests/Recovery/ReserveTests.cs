using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Recovery;

/// <summary>The newest segment's file is longer than what is in it: space in reserve, which reads as zeros.</summary>
public sealed class ReserveTests
{
    private const int Reserve = 1024;

    [Fact]
    public async Task Append_WithReserve_TheFileIsLongerAndTheLogIsNot()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(Options(files));

        await LogDriver.AppendAsync(log, 100, 200);

        Assert.Equal(Reserve, files.File(DamagedLog.PathOf(1)).Content.Length);
        Assert.Equal(SegmentHeader.Size + 152 + 248, log.Bytes);
        Assert.Equal([100, 200], LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task Append_WithReserve_AFlushSeldomHasANewLength()
    {
        var files = new MemoryFileSystem();
        var lengths = new HashSet<int>();
        files.BeforeFlush = () => lengths.Add(files.Names.Contains(DamagedLog.PathOf(1)) ? files.File(DamagedLog.PathOf(1)).Content.Length : 0);
        await using SegmentedLog log = await LogDriver.OpenAsync(Options(files));

        await LogDriver.AppendAsync(log, [.. Enumerable.Repeat(40, 30)]);

        Assert.Equal([0, 1024, 2048, 3072], lengths.Order());
    }

    [Fact]
    public async Task DisposeAsync_WithReserve_CutsIt()
    {
        var files = new MemoryFileSystem();
        await using (SegmentedLog log = await LogDriver.OpenAsync(Options(files)))
        {
            await LogDriver.AppendAsync(log, 100);
        }

        Assert.Equal(SegmentHeader.Size + 152, files.File(DamagedLog.PathOf(1)).Content.Length);
    }

    [Fact]
    public async Task Append_NextSegment_CutsTheReserveOfTheOneBefore()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(Options(files));

        await LogDriver.AppendAsync(log, 3000, 3000);

        Assert.Equal(SegmentHeader.Size + 3048, files.File(DamagedLog.PathOf(1)).Content.Length);
        Assert.Equal(4096, files.File(DamagedLog.PathOf(2)).Content.Length);
    }

    [Fact]
    public async Task Append_LargerThanASegment_ReservesNothing()
    {
        var files = new MemoryFileSystem();
        await using SegmentedLog log = await LogDriver.OpenAsync(Options(files));

        await LogDriver.AppendAsync(log, 9000);

        Assert.Equal(SegmentHeader.Size + 9048, files.File(DamagedLog.PathOf(1)).Content.Length);
        Assert.Equal([9000], LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task Append_NoRoomForTheReserve_TakesTheRecordsThatFit()
    {
        var files = new MemoryFileSystem { Capacity = SegmentHeader.Size + 400 };
        await using SegmentedLog log = await LogDriver.OpenAsync(Options(files));

        await LogDriver.AppendAsync(log, 100, 200);
        await Assert.ThrowsAsync<DiskFullException>(() => LogDriver.AppendAsync(log, 100));
        files.Capacity = long.MaxValue;
        await LogDriver.AppendAsync(log, 300);

        Assert.Equal([100, 200, 300], LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task OpenAsync_KilledWithReserve_IsNoTornTail()
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(Reserve, 100, 200);
        Assert.Equal(Reserve, built.Segment(1).Content.Length);

        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options());

        Assert.Null(log.Recovery.TornTail);
        Assert.Equal([100, 200], LogDriver.ReadAll(log));
        await LogDriver.AppendAsync(log, 300);
        Assert.Equal([100, 200, 300], LogDriver.ReadAll(log));
    }

    [Fact]
    public async Task OpenAsync_KilledAtEveryByteOfAWriteIntoTheReserve_KeepsAllWholeRecordsAndGoesOn()
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(Reserve, 100, 200, 300);
        long begin = built.Positions[2].Offset;
        long end = begin + 348 + 4;
        for (long cut = begin; cut < end; cut++)
        {
            MemoryFileSystem files = built.With(1, content =>
            {
                content.AsSpan((int)cut).Clear();
                return content;
            });
            await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

            bool isWhole = built.Segment(1).Content.AsSpan((int)cut, (int)(end - cut)).IndexOfAnyExcept((byte)0) < 0;
            Assert.Equal(isWhole ? [100, 200, 300] : [100, 200], LogDriver.ReadAll(log));
            Assert.Equal(cut > begin && !isWhole, log.Recovery.TornTail is not null);
            await LogDriver.AppendAsync(log, 50);
            await using SegmentedLog again = await LogDriver.OpenAsync(built.Options(files.Restart()));
            Assert.Equal(isWhole ? [100, 200, 300, 50] : [100, 200, 50], LogDriver.ReadAll(again));
        }
    }

    [Fact]
    public async Task OpenAsync_RecordInTheMiddleZeroedBeforeTheReserve_StopsTheOpening()
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(Reserve, 100, 200, 300);
        MemoryFileSystem files = built.With(1, content =>
        {
            content.AsSpan((int)built.Positions[1].Offset, 248).Clear();
            return content;
        });

        await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));
    }

    [Fact]
    public async Task OpenAsync_ZerosWhereACleanCloseHadFlushed_StopsTheOpening()
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(Reserve, 100, 200);
        await (await LogDriver.OpenAsync(built.Options())).DisposeAsync();
        MemoryFileSystem files = built.With(1, content =>
        {
            content.AsSpan((int)built.Positions[1].Offset).Clear();
            return content;
        });

        await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));
    }

    [Fact]
    public async Task VerifyAsync_BesideAWriter_TheReserveIsNeitherDamageNorUnfinished()
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(Reserve, 100, 200);

        LogVerification found = (await LogVerifier.VerifyAsync(built.Options(), CancellationToken.None))!;

        Assert.True(found.IsIntact);
        Assert.Equal(0, found.Segments[0].UnfinishedBytes);
        Assert.Equal(2ul, found.Segments[0].Records);
    }

    [Fact]
    public async Task VerifyAsync_AppendUnderWayInTheReserve_CountsItsBytesOnly()
    {
        DamagedLog built = await DamagedLog.BuildReservedAsync(Reserve, 100, 200);
        MemoryFileSystem files = built.With(1, content =>
        {
            content.AsSpan((int)built.Positions[1].Offset + 30).Clear();
            content[built.Positions[1].Offset + 30] = 1;
            return content;
        });

        LogVerification found = (await LogVerifier.VerifyAsync(built.Options(files), CancellationToken.None))!;

        Assert.True(found.IsIntact);
        Assert.Equal(32, found.Segments[0].UnfinishedBytes);
    }

    private static SegmentedLogOptions Options(MemoryFileSystem files) => LogDriver.Options(DamagedLog.Directory, files) with { ReserveBytes = Reserve };
}
