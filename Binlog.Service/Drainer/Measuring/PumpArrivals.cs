using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Metrics;

namespace Binlog.Service.Drainer.Measuring;

/// <summary>What arrives from Pumps: how large it is, how long it was on its way. Names and buckets are the original's.</summary>
internal sealed class PumpArrivals(MetricRegistry registry, TimeProvider time)
{
    private readonly MetricFamily<Histogram> _sizes = registry.Histograms(
        "binlog_drainer_read_binlog_size", "Bytes of the binlogs that came from each Pump.", Buckets.Exponential(16, 2, 25), "nodeID");

    private readonly MetricFamily<Histogram> _delays = registry.Histograms(
        "binlog_drainer_binlog_reach_duration_time", "Seconds from a binlog's commit TS to its arrival from each Pump.", Buckets.Exponential(0.00005, 2, 18), "nodeID");

    /// <summary>The meter of one Pump's binlogs.</summary>
    public ArrivalMeter Of(string nodeId) => new(_sizes.With(nodeId), _delays.With(nodeId), time);
}
