using Binlog.Service.Pump.Retention;

namespace Binlog.Service.Tests.Pump.Retention;

public sealed class DiskWatermarksTests
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData(1000 * GiB, 20 * GiB)]
    [InlineData(100 * GiB, 20 * GiB)]
    [InlineData(50 * GiB, 10 * GiB)]
    [InlineData(2 * GiB, GiB)]
    public void WarnAtBytes_NotConfigured_GoesByTheDiskAndNeverUnderTheHardOne(long total, long expected) =>
        Assert.Equal(expected, new DiskWatermarks(null, GiB).WarnAtBytes(total));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3 * GiB, 3 * GiB)]
    public void WarnAtBytes_Configured_IsThat(long configured, long expected) =>
        Assert.Equal(expected, new DiskWatermarks(configured, GiB).WarnAtBytes(50 * GiB));

    [Theory]
    [InlineData(101, false, nameof(DiskState.Enough))]
    [InlineData(100, false, nameof(DiskState.Low))]
    [InlineData(101, true, nameof(DiskState.Low))]
    [InlineData(105, true, nameof(DiskState.Low))]
    [InlineData(106, true, nameof(DiskState.Enough))]
    [InlineData(11, false, nameof(DiskState.Low))]
    [InlineData(10, false, nameof(DiskState.Full))]
    [InlineData(0, true, nameof(DiskState.Full))]
    public void StateOf_FreeSpace_IsInRelationToBoth(long available, bool wasLow, string expected) =>
        Assert.Equal(expected, new DiskWatermarks(100, 10).StateOf(new DiskSpace(available, 1000), wasLow).ToString());

    [Fact]
    public void StateOf_BothOff_IsAlwaysEnough() =>
        Assert.Equal(DiskState.Enough, new DiskWatermarks(0, 0).StateOf(new DiskSpace(0, 1000), wasLow: true));

    [Fact]
    public void StateOf_WarningOff_StillFull() =>
        Assert.Equal(DiskState.Full, new DiskWatermarks(0, 10).StateOf(new DiskSpace(10, 1000), wasLow: false));
}
