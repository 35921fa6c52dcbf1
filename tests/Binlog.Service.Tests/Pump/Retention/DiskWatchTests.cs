using Binlog.Service.Hosting;
using Binlog.Service.Pump.Retention;

namespace Binlog.Service.Tests.Pump.Retention;

public sealed class DiskWatchTests
{
    private readonly CollectedLog _log = new();
    private long _available = 1000;
    private Exception? _failure;

    [Fact]
    public void Look_DownAndUpAgain_ReportsEveryCrossingOnce()
    {
        DiskWatch watch = Watch();
        var crossings = new List<bool>();
        foreach (long available in new long[] { 1000, 100, 99, 103, 10, 5, 50, 60, 200, 300, 90 })
        {
            _available = available;
            crossings.Add(watch.Look());
        }

        Assert.Equal([false, true, false, false, false, false, false, false, false, false, true], crossings);
        Assert.Equal(
            [EventIds.PumpDiskLow, EventIds.PumpDiskFull, EventIds.PumpWritesTakenAgain, EventIds.PumpDiskEnough, EventIds.PumpDiskLow],
            _log.Entries.Select(entry => entry.Id.Id));
        Assert.Contains("100 bytes are left on the disk of /data, pump.warnAtAvailableSpace is 100", _log.Entries[0].Text, StringComparison.Ordinal);
        Assert.Contains("10 bytes are left on the disk of /data, pump.stopWriteAtAvailableSpace is 10", _log.Entries[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Look_FullAtOnce_CrossesBothAndIsReportedAsFull()
    {
        _available = 3;

        Assert.True(Watch().Look());

        Assert.Equal(EventIds.PumpDiskFull, Assert.Single(_log.Entries).Id.Id);
    }

    [Fact]
    public void Look_CannotMeasure_SaysSoOnceAndIsUnknown()
    {
        DiskWatch watch = Watch();
        watch.Look();
        _failure = new IOException("the disk is away");

        Assert.False(watch.Look());
        Assert.False(watch.Look());

        Assert.Equal((DiskState.Unknown, "the disk is away", 1000L), (watch.Latest.State, watch.Latest.Failure, watch.Latest.Space.AvailableBytes));
        Assert.Contains("the disk is away", Assert.Single(_log.Of(EventIds.PumpDiskUnknown)), StringComparison.Ordinal);
        _failure = null;
        watch.Look();
        Assert.Equal((DiskState.Enough, null), (watch.Latest.State, watch.Latest.Failure));
    }

    [Fact]
    public void Measure_RealDisk_HasRoom()
    {
        DiskSpace space = DiskSpace.Measure(Path.GetTempPath());

        Assert.InRange(space.AvailableBytes, 1, space.TotalBytes);
    }

    private DiskWatch Watch() => new("/data", new DiskWatermarks(100, 10), _log, _ => _failure is null ? new DiskSpace(_available, 1000) : throw _failure);
}
