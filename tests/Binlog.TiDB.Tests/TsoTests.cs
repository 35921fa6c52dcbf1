namespace Binlog.TiDB.Tests;

public sealed class TsoTests
{
    [Fact]
    public void FromParts_Extremes_ReadBack()
    {
        var largest = Tso.FromParts((1L << 46) - 1, (uint)Tso.MaxLogical);

        Assert.Equal(ulong.MaxValue, largest.Value);
        Assert.Equal((1L << 46) - 1, largest.PhysicalMilliseconds);
        Assert.Equal((uint)Tso.MaxLogical, largest.Logical);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tso.FromParts(1L << 46));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tso.FromParts(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tso.FromParts(0, (uint)Tso.MaxLogical + 1));
    }

    [Fact]
    public void ToDateTimeOffset_RecordedTso_IsTheRecordingsDay()
    {
        var tso = new Tso(470606251459346433);

        Assert.Equal(tso.PhysicalMilliseconds, tso.ToDateTimeOffset().ToUnixTimeMilliseconds());
        Assert.Equal(1u, tso.Logical);
        Assert.Equal(new Tso(tso.Value - 1), Tso.FromDateTimeOffset(tso.ToDateTimeOffset()));
    }

    [Fact]
    public void Compare_Values_OrdersAsUnsigned()
    {
        Assert.True(new Tso(ulong.MaxValue) > new Tso(1));
        Assert.True(Tso.Zero < new Tso(1));
        Assert.True(new Tso(1) <= new Tso(1) && new Tso(1) >= new Tso(1));
    }

    [Theory]
    [InlineData("470606251459346433", true)]
    [InlineData("18446744073709551615", true)]
    [InlineData("18446744073709551616", false)]
    [InlineData("-1", false)]
    [InlineData("1 ", false)]
    [InlineData("", false)]
    public void TryParse_Text_TakesPlainDecimals(string text, bool expected)
    {
        Assert.Equal(expected, Tso.TryParse(text, null, out var tso));
        if (expected)
        {
            Assert.Equal(text, tso.ToString());
            Assert.Equal(tso, Tso.Parse(text));
        }
    }
}
