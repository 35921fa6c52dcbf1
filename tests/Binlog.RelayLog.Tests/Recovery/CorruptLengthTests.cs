using System.Buffers.Binary;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Recovery;

public sealed class CorruptLengthTests
{
    private static readonly int[] Sizes = [100, 200, 300];

    public static TheoryData<uint> Lengths => [0, 1, 1 << 20, 1 << 30, int.MaxValue, 1u << 31, uint.MaxValue];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task OpenAsync_LengthChangedOnly_IsDetectedWithoutBelievingIt(uint length)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = WithLength(built, record: 1, length, repairChecksum: false);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        var failure = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));

        Assert.Equal(built.Positions[1].Offset, failure.Offset);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 << 20);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task OpenAsync_LengthChangedUnderAValidChecksum_IsDetectedWithoutLargeAllocation(uint length)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = WithLength(built, record: 1, length, repairChecksum: true);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));

        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64 << 20);
    }

    [Fact]
    public async Task OpenAsync_RecordLargerThanTheLimit_IsAMatterOfConfigurationAndNothingIsCut()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        byte[] before = (byte[])built.Segment(1).Content.Clone();

        var failure = await Assert.ThrowsAsync<RecordTooLargeException>(() => LogDriver.OpenAsync(built.Options() with { MaxRecordBytes = 299 }));

        Assert.Equal(300, failure.Bytes);
        Assert.Equal(before, built.Segment(1).Content);
    }

    private static MemoryFileSystem WithLength(DamagedLog built, int record, uint length, bool repairChecksum)
    {
        uint seed = SegmentHeader.Read(built.Segment(1).Content, "").RecordSeed;
        return built.With(1, content =>
        {
            Span<byte> header = content.AsSpan((int)built.Positions[record].Offset, RecordHeader.Size);
            BinaryPrimitives.WriteUInt32LittleEndian(header[8..], length);
            if (repairChecksum)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(header[44..], Crc32C.Compute(header[..44], seed));
            }

            return content;
        });
    }
}
