using Binlog.Service.Pump.Retention;
using Binlog.TestKit.Time;

namespace Binlog.Service.Tests.Pump.Retention;

public sealed class GrowthForecastTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private readonly GrowthForecast _forecast;

    public GrowthForecastTests() => _forecast = new GrowthForecast(_time);

    [Fact]
    public void Rate_FirstMinute_IsUnknown()
    {
        _forecast.Add(0, 0);
        _time.Advance(TimeSpan.FromSeconds(59));
        _forecast.Add(1000, 0);

        Assert.Null(_forecast.Rate);
    }

    [Fact]
    public void Rate_SteadyWrites_IsPerHour()
    {
        Run(minutes: 30, bytesPerMinute: 100);

        Assert.Equal(6000, _forecast.Rate!.WrittenPerHour, 3);
        Assert.Equal(6000, _forecast.Rate.NetPerHour, 3);
        Assert.Equal(2.5, _forecast.Rate.HoursUntil(15_000)!.Value, 3);
        Assert.Equal(0, _forecast.Rate.HoursUntil(-1));
    }

    [Fact]
    public void Rate_WritesStop_IsForgottenAfterAnHour()
    {
        Run(minutes: 30, bytesPerMinute: 100);
        Run(minutes: 61, bytesPerMinute: 0, bytes: 3000);

        Assert.Equal(0, _forecast.Rate!.WrittenPerHour);
        Assert.Null(_forecast.Rate.HoursUntil(1));
    }

    [Fact]
    public void Rate_AsMuchRemovedAsWritten_DoesNotGrow()
    {
        for (int minute = 0; minute <= 10; minute++)
        {
            _forecast.Add(5000, removedBytes: minute * 100);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(6000, _forecast.Rate!.WrittenPerHour, 3);
        Assert.Equal(0, _forecast.Rate.NetPerHour);
        Assert.Null(_forecast.Rate.HoursUntil(1));
    }

    [Fact]
    public void Rate_StoreShrinks_NeverFull()
    {
        _forecast.Add(5000, 0);
        _time.Advance(TimeSpan.FromMinutes(2));
        _forecast.Add(4000, 2000);

        Assert.Equal(30_000, _forecast.Rate!.WrittenPerHour, 3);
        Assert.Null(_forecast.Rate.HoursUntil(1));
    }

    private void Run(int minutes, long bytesPerMinute, long bytes = 0)
    {
        for (int minute = 0; minute <= minutes; minute++)
        {
            _forecast.Add(bytes + (minute * bytesPerMinute), 0);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }
}
