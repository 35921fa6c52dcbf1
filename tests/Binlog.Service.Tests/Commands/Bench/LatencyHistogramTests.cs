using Binlog.Service.Commands.Bench;

namespace Binlog.Service.Tests.Commands.Bench;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentile_NothingRecorded_IsNull() => Assert.Null(new LatencyHistogram().Percentile(0.5));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000_003)]
    [InlineData(long.MaxValue)]
    public void Percentile_OneDuration_IsWithinThreePercent(long ticks)
    {
        var histogram = new LatencyHistogram();

        histogram.Record(TimeSpan.FromTicks(ticks));

        double found = histogram.Percentile(1)!.Value.Ticks;
        Assert.InRange(found, ticks * 0.97, ticks * 1.03);
    }

    [Fact]
    public void Percentile_NegativeDuration_CountsAsZero()
    {
        var histogram = new LatencyHistogram();

        histogram.Record(TimeSpan.FromTicks(-5));

        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.5));
    }

    [Fact]
    public void Percentile_OneToThousand_FollowsTheShare()
    {
        var histogram = new LatencyHistogram();

        for (int milliseconds = 1; milliseconds <= 1000; milliseconds++)
        {
            histogram.Record(TimeSpan.FromMilliseconds(milliseconds));
        }

        Assert.InRange(histogram.Percentile(0.5)!.Value.TotalMilliseconds, 485, 515);
        Assert.InRange(histogram.Percentile(0.99)!.Value.TotalMilliseconds, 960, 1020);
        Assert.InRange(histogram.Percentile(0.001)!.Value.TotalMilliseconds, 0.97, 1.03);
    }

    [Fact]
    public void Percentile_FewSlowOnes_AppearFromTheirShareOn()
    {
        var histogram = new LatencyHistogram();

        for (int call = 0; call < 1000; call++)
        {
            histogram.Record(TimeSpan.FromMilliseconds(call < 989 ? 1 : 100));
        }

        Assert.InRange(histogram.Percentile(0.98)!.Value.TotalMilliseconds, 0.97, 1.03);
        Assert.InRange(histogram.Percentile(0.99)!.Value.TotalMilliseconds, 97, 103);
    }
}
