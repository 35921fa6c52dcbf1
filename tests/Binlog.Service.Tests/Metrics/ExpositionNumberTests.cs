using System.Globalization;
using Binlog.Service.Metrics;

namespace Binlog.Service.Tests.Metrics;

public sealed class ExpositionNumberTests
{
    /// <summary>What Go's strconv.FormatFloat(x, 'g', -1, 64) gives.</summary>
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(-1, "-1")]
    [InlineData(0.00005, "5e-05")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.0002, "0.0002")]
    [InlineData(0.4096, "0.4096")]
    [InlineData(6.5536, "6.5536")]
    [InlineData(100000, "100000")]
    [InlineData(123456, "123456")]
    [InlineData(1000000, "1e+06")]
    [InlineData(1048576, "1.048576e+06")]
    [InlineData(268435456, "2.68435456e+08")]
    [InlineData(-12.5, "-12.5")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Format_Number_IsGosShortestText(double value, string expected) => Assert.Equal(expected, ExpositionNumber.Format(value));

    [Fact]
    public void Format_AnyNumber_IsReadBackExactly()
    {
        var random = new Random(20260101);
        for (int i = 0; i < 20_000; i++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(value))
            {
                Assert.Equal(value, double.Parse(ExpositionNumber.Format(value), CultureInfo.InvariantCulture));
            }
        }
    }
}
