using Binlog.Grpc.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace Binlog.Grpc.Tests.Protocol;

public sealed class TimeoutHeaderTests
{
    [Theory]
    [InlineData(-1, "1n")]
    [InlineData(0, "1n")]
    [InlineData(1, "1u")]
    [InlineData(10, "1u")]
    [InlineData(11, "2u")]
    [InlineData(10_000_000, "1000000u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(999_999_991, "100000m")]
    public void Format_Ticks_RoundsUp(long ticks, string expected) => Assert.Equal(expected, TimeoutHeader.Format(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Format_Maximum_FitsEightDigits() => Assert.Equal("15372287M", TimeoutHeader.Format(TimeSpan.FromMinutes(15372287)));

    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("3S", 30_000_000)]
    [InlineData("4m", 40_000)]
    [InlineData("5u", 50)]
    [InlineData("150n", 2)]
    [InlineData("0S", 0)]
    [InlineData("00000007S", 70_000_000)]
    public void TryParse_EveryUnit_IsRead(string text, long ticks)
    {
        Assert.True(TimeoutHeader.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Fact]
    public void TryParse_BeyondTimeSpan_IsItsMaximum()
    {
        Assert.True(TimeoutHeader.TryParse("99999999H", out var timeout));
        Assert.Equal(99_999_999 * TimeSpan.TicksPerHour > 0 ? TimeSpan.FromTicks(99_999_999 * TimeSpan.TicksPerHour) : TimeSpan.MaxValue, timeout);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("1")]
    [InlineData("1s")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData(" 1S")]
    [InlineData("1 S")]
    [InlineData("1.5S")]
    [InlineData("123456789S")]
    public void TryParse_Malformed_IsRefused(string text) => Assert.False(TimeoutHeader.TryParse(text, out _));

    [Fact]
    public void TryParse_Formatted_IsNeverShorterAndAtMostOneUnitLonger() => Prop.ForAll<PositiveInt, byte>((value, shift) =>
    {
        var timeout = TimeSpan.FromTicks((long)value.Get << (shift % 24));

        Assert.True(TimeoutHeader.TryParse(TimeoutHeader.Format(timeout), out var parsed));
        Assert.True(parsed >= timeout);
        Assert.True(parsed - timeout <= TimeSpan.FromTicks(Math.Max(10, timeout.Ticks / 1000)));
    }).QuickCheckThrowOnFailure();
}
