using Binlog.RelayLog;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Measures the writing of a Pump's log.</summary>
internal sealed class LogMeter(PumpMetrics metrics) : ILogObserver
{
    public void GroupFlushed(int records, long bytes, TimeSpan writing, TimeSpan flushing)
    {
        metrics.GroupSize.Observe(bytes);
        metrics.ToDiskDuration.Observe(writing);
        metrics.FlushDuration.Observe(flushing);
        metrics.GroupDuration.Observe(writing + flushing);
    }

    public void SegmentBegun(TimeSpan duration) => metrics.RotateDuration.Observe(duration);

    public void GroupFailed(Exception cause) => metrics.GroupErrors.Increment();
}
