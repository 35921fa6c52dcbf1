using Binlog.RelayLog.Format;
using Binlog.RelayLog.Tests.Support;

namespace Binlog.RelayLog.Tests.Recovery;

public sealed class SealedSegmentTests
{
    /// <summary>The last one doesn't fit beside the others, so the first segment is sealed and small.</summary>
    private static readonly int[] Sizes = [0, 10, 50, 5000];

    [Fact]
    public async Task EveryBitFlipped_IsDetectedAndNamed()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        int bits = built.Segment(1).Content.Length * 8;

        for (int bit = 0; bit < bits; bit++)
        {
            MemoryFileSystem files = built.With(1, content =>
            {
                content[bit / 8] ^= (byte)(1 << (bit % 8));
                return content;
            });

            RelayLogException failure = await Assert.ThrowsAnyAsync<RelayLogException>(async () =>
            {
                await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));
                LogDriver.ReadAll(log);
            });

            Assert.True(failure is CorruptLogException or LogFormatException, $"bit {bit}: {failure}");
            Assert.Contains(DamagedLog.PathOf(1), failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EveryBitFlipped_PositionedReadNeverReturnsAnythingElse()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        int bits = built.Segment(1).Content.Length * 8;

        for (int bit = 128 * 8; bit < bits; bit += 5)
        {
            MemoryFileSystem files = built.With(1, content =>
            {
                content[bit / 8] ^= (byte)(1 << (bit % 8));
                return content;
            });
            await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));
            int intact = 0;
            foreach (LogPosition position in built.Positions)
            {
                try
                {
                    Assert.True(log.ReadAt(position, out RecordBuffer? record));
                    using (record)
                    {
                        Assert.True(record.Payload.Span.SequenceEqual(LogDriver.Payload(record.Sequence, Sizes[record.Sequence - 1])));
                        intact++;
                    }
                }
                catch (CorruptLogException e)
                {
                    Assert.Equal(position.Offset, e.Offset);
                }
            }

            // A flipped padding bit isn't part of any record's content.
            Assert.InRange(intact, Sizes.Length - 1, Sizes.Length);
        }
    }

    [Fact]
    public async Task CutAtEveryByte_IsRefused()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        int full = built.Segment(1).Content.Length;

        for (int length = 0; length < full; length++)
        {
            MemoryFileSystem files = built.With(1, content => content[..length]);

            var failure = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));

            Assert.Equal(DamagedLog.PathOf(1), failure.File);
        }
    }

    /// <summary>A sealed segment has no reserve: what its last record was must not be taken from the one before.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public async Task EndZeroedAndNothingInTheLastSegment_StopsTheOpening(int firstLost)
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.With(2, content => content[..SegmentHeader.Size]);
        long from = built.Positions[firstLost].Offset;
        files.File(DamagedLog.PathOf(1)).Content.AsSpan((int)from).Clear();

        var failure = await Assert.ThrowsAsync<CorruptLogException>(() => LogDriver.OpenAsync(built.Options(files)));

        Assert.Equal((DamagedLog.PathOf(1), from), (failure.File, failure.Offset));
    }

    [Fact]
    public async Task BytesAfterItsRecordedLength_AreIgnored()
    {
        DamagedLog built = await DamagedLog.BuildAsync(Sizes);
        MemoryFileSystem files = built.With(1, content => [.. content, .. content[128..]]);

        await using SegmentedLog log = await LogDriver.OpenAsync(built.Options(files));

        Assert.Equal(Sizes, LogDriver.ReadAll(log));
    }
}
