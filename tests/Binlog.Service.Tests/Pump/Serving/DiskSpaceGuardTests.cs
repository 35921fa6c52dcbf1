using Binlog.Service.Pump.Serving;
using Binlog.TestKit.Time;

namespace Binlog.Service.Tests.Pump.Serving;

public sealed class DiskSpaceGuardTests
{
    private readonly SkippingTimeProvider _time = new(TimeSpan.Zero);
    private long _available = 1001;
    private int _measured;

    [Fact]
    public void Refusal_AtTheLimit_NamesBothNumbers()
    {
        DiskSpaceGuard guard = Guard(1000);
        Assert.Null(guard.Refusal(0));

        _available = 1000;
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.StartsWith("no available space, available: 1000, StopWriteAtAvailableSpace: 1000 (bytes, of the disk of /data)", guard.Refusal(0), StringComparison.Ordinal);
    }

    [Fact]
    public void Refusal_SpaceIsFreed_EndsByItself()
    {
        DiskSpaceGuard guard = Guard(1000);
        _available = 1000;
        Assert.NotNull(guard.Refusal(0));
        Assert.NotNull(guard.Refusal(0));

        _available = 1001;
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Null(guard.Refusal(0));
        Assert.Equal(2, guard.RefusedWrites);
    }

    [Fact]
    public void Refusal_MuchIsWrittenBetweenMeasurements_IsCounted()
    {
        _available = 5000;
        DiskSpaceGuard guard = Guard(1000);
        Assert.Null(guard.Refusal(3000));
        Assert.Null(guard.Refusal(1500));

        Assert.Contains("available: 500,", guard.Refusal(1), StringComparison.Ordinal);

        _available = 1200;
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Null(guard.Refusal(1));
    }

    [Fact]
    public void LetIn_BetweenMeasurements_IsCounted()
    {
        _available = 5000;
        DiskSpaceGuard guard = Guard(1000);
        Assert.Null(guard.Refusal(0));

        guard.LetIn(4000);

        Assert.Contains("available: 1000,", guard.Refusal(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Refusal_DiskDoesNotAnswer_KeepsItsLastNumber()
    {
        var guard = new DiskSpaceGuard("/data", 1000, _time, _ => _available >= 0 ? _available : throw new IOException("away"));
        _available = -1;
        Assert.Null(guard.Refusal(0));
        _time.Advance(TimeSpan.FromSeconds(3));
        _available = 5;
        Assert.NotNull(guard.Refusal(0));

        _available = -1;
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Contains("available: 5,", guard.Refusal(0), StringComparison.Ordinal);
    }

    [Fact]
    public void Refusal_ManyCalls_MeasuresEveryThreeSeconds()
    {
        DiskSpaceGuard guard = Guard(1000);
        for (int call = 0; call < 40; call++)
        {
            guard.Refusal(0);
            _time.Advance(TimeSpan.FromMilliseconds(250));
        }

        Assert.Equal(4, _measured);
    }

    [Fact]
    public void Refusal_LimitZero_NeverRefuses()
    {
        _available = 0;

        Assert.Null(Guard(0).Refusal(0));
    }

    [Fact]
    public void Refusal_RealDisk_HasSomething()
    {
        var guard = new DiskSpaceGuard(Path.GetTempPath(), 1, TimeProvider.System);

        Assert.Null(guard.Refusal(0));
    }

    private DiskSpaceGuard Guard(long stopWriteAtBytes) => new("/data", stopWriteAtBytes, _time, _ =>
    {
        _measured++;
        return _available;
    });
}
