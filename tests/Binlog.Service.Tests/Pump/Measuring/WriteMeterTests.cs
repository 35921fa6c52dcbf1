using Binlog.Service.Pump.Measuring;
using Binlog.Service.Tests.Drainer;
using Binlog.Service.Tests.Hosting;

namespace Binlog.Service.Tests.Pump.Measuring;

public sealed class WriteMeterTests
{
    private readonly PumpMetrics _metrics = new();
    private readonly InstantTimeProvider _time = new();
    private readonly CollectedLog _log = new();

    [Fact]
    public void End_Write_IsMeasured()
    {
        Write(Meter(1), seconds: 0.25, bytes: 300);

        Assert.Equal((1, 0.25), (_metrics.WriteDuration.Count, _metrics.WriteDuration.Sum));
        Assert.Equal((1, 300), (_metrics.WriteSize.Count, _metrics.WriteSize.Sum));
    }

    [Theory]
    [InlineData(1, 1.0, 0)]
    [InlineData(1, 1.1, 1)]
    [InlineData(0, 100, 0)]
    public void End_Threshold_IsTheLongestThatIsNotReported(double threshold, double seconds, int reported)
    {
        Write(Meter(threshold), seconds, bytes: 300);

        Assert.Equal((reported, reported), (_metrics.SlowWrites.Value, _log.Entries.Count));
    }

    [Fact]
    public void End_SlowWrite_SaysHowLongAndHowMuch()
    {
        Write(Meter(0.5), seconds: 1.25, bytes: 300);

        Assert.Equal("A write took 1.250 s: 300 bytes, start TS 42; pump.slowWriteThreshold is 0.5 s.", Assert.Single(_log.Entries).Text);
    }

    [Fact]
    public void End_ManySlowWrites_AreCountedAndOneLineASecondSaysSo()
    {
        WriteMeter meter = Meter(0.001);
        for (int i = 0; i < 5; i++)
        {
            Write(meter, seconds: 0.1, bytes: 1);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        Write(meter, seconds: 0.1, bytes: 1);

        Assert.Equal(6, _metrics.SlowWrites.Value);
        Assert.Equal(2, _log.Entries.Count);
        Assert.EndsWith(" 4 more slow writes since the last such line.", _log.Entries[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Fail_AFullDisk_IsCountedAndOneLineASecondSaysSo()
    {
        WriteMeter meter = Meter(1);
        for (int i = 0; i < 5; i++)
        {
            meter.Fail(new IOException("The disk is full."));
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        meter.Fail(new IOException("The disk is full."));

        Assert.Equal(6, _metrics.WriteErrors.Value);
        Assert.Equal(2, _log.Entries.Count);
        Assert.EndsWith("The disk is full. 4 more failed writes since the last such line.", _log.Entries[1].Text, StringComparison.Ordinal);
    }

    private WriteMeter Meter(double thresholdSeconds) => new(_metrics, TimeSpan.FromSeconds(thresholdSeconds), _time, _log);

    private void Write(WriteMeter meter, double seconds, int bytes)
    {
        long begun = meter.Begin();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        meter.End(begun, 42, bytes);
    }
}
