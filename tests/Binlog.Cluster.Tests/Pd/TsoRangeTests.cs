using Binlog.Cluster.Contracts.Pd;
using Binlog.Cluster.Pd;

namespace Binlog.Cluster.Tests.Pd;

public sealed class TsoRangeTests
{
    private readonly TsoRange _range = new();

    [Fact]
    public void Read_Answer_IsTheLargestOfTheBatch() => Assert.Equal((449ul << 18) | 300, Read(449, 300, count: 300));

    [Fact]
    public void Read_NextBatchRightAbove_IsAccepted()
    {
        Read(449, 300, count: 300);

        Assert.Equal((449ul << 18) | 310, Read(449, 310, count: 10));
        Assert.Equal((450ul << 18) | 1, Read(450, 1, count: 1));
        Assert.Equal((451ul << 18) | 0x3FFFF, Read(451, 0x3FFFF, count: 0x3FFFF));
    }

    [Theory]
    [InlineData(449, 300, 1)]
    [InlineData(449, 309, 10)]
    [InlineData(448, 262_143, 1)]
    public void Read_BatchThatOverlapsOrIsBelow_IsRefusedWithBothTimestamps(long physical, long logical, int count)
    {
        Read(449, 300, count: 300);

        ClusterException exception = Assert.Throws<ClusterException>(() => Read(physical, logical, count));

        ulong first = ((ulong)physical << 18) + (ulong)logical - (ulong)(count - 1);
        Assert.True(exception.IsTransient);
        Assert.Contains($"went backward: it gives out the timestamp {first} (1970-01-01 00:00:00.44", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"after {(449ul << 18) | 300} (1970-01-01 00:00:00.449 UTC)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AfterARefusedBatch_StillComparesWithTheLastGood()
    {
        Read(449, 300, count: 300);
        Assert.Throws<ClusterException>(() => Read(448, 5, count: 1));

        Assert.Throws<ClusterException>(() => Read(449, 300, count: 1));
        Assert.Equal((449ul << 18) | 301, Read(449, 301, count: 1));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(-1, 1, 1)]
    [InlineData(1L << 44, 1, 1)]
    [InlineData(449, -1, 1)]
    [InlineData(449, 262_144, 1)]
    [InlineData(449, 8, 10)]
    public void Read_PartsOutOfRange_AreRefused(long physical, long logical, int count)
    {
        ClusterException exception = Assert.Throws<ClusterException>(() => Read(physical, logical, count));

        Assert.False(exception.IsTransient);
        Assert.Contains($"physical part {physical} and the logical part {logical}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnotherCount_IsRefused()
    {
        ClusterException exception = Assert.Throws<ClusterException>(() => _range.Read(new TsoResponse { Count = 2, Timestamp = new Timestamp { Physical = 449, Logical = 9 } }, 3, "http://pd:1"));

        Assert.Contains("asked for 3 timestamps and answered with 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WithoutTimestamp_IsRefused() => Assert.Throws<ClusterException>(() => _range.Read(new TsoResponse { Count = 3 }, 3, "http://pd:1"));

    [Fact]
    public void Read_SuffixBits_AreRefused()
    {
        ClusterException exception = Assert.Throws<ClusterException>(
            () => _range.Read(new TsoResponse { Count = 1, Timestamp = new Timestamp { Physical = 449, Logical = 9, SuffixBits = 2 } }, 1, "http://pd:1"));

        Assert.Contains("enable-local-tso", exception.Message, StringComparison.Ordinal);
    }

    private ulong Read(long physical, long logical, int count) =>
        _range.Read(new TsoResponse { Count = (uint)count, Timestamp = new Timestamp { Physical = physical, Logical = logical } }, count, "http://pd:1");
}
