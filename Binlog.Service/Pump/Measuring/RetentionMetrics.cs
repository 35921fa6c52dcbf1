using Binlog.Service.Metrics;
using Binlog.Service.Pump.Retention;
using Binlog.TiDB;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Metrics that a Pump's retention is asked for when they are scraped.</summary>
internal static class RetentionMetrics
{
    /// <summary>Registers them.</summary>
    /// <param name="registry">The Pump's metrics.</param>
    /// <param name="read">How retention stands; null as long as it does not run.</param>
    public static void Register(MetricRegistry registry, Func<RetentionStatus?> read)
    {
        registry.Gauge("binlog_pump_storage_gc_ts", "Commit TS up to which binlogs are to be removed, as milliseconds since 1970.", () => new Tso(read()?.WantedCommitTs ?? 0).PhysicalMilliseconds);
        registry.Counters(
            "binlog_pump_detected_drainer_binlog_purge_count",
            "How often a Drainer was in danger of missing binlogs, looked at every ten minutes.",
            "id",
            () => read()?.EndangeredCounts.Select(count => (count.Key, (double)count.Value)) ?? []);
        registry.Gauge("binlog_pump_hours_until_full", "Hours until the disk is full at the rate of the last hour; not there while the store does not grow.", () => read()?.HoursUntilFull);
        registry.Gauge("binlog_pump_hours_until_stop_write", "Hours until writes are refused at the rate of the last hour; not there while the store does not grow or writes are never refused.", () => read()?.HoursUntilStopWrite);
        registry.Gauges("binlog_pump_drainer_position", "Commit TS (TSO) up to which a Drainer that is not offline has everything; 0 as long as it has not said so.", "id", () => Lags(read, lag => lag.Drainer.CommitTs));
        registry.Gauges("binlog_pump_drainer_held_back_bytes", "About how many bytes would be removed without this Drainer.", "id", () => Lags(read, lag => lag.HeldBackBytes));
        registry.Counter("binlog_pump_refused_writes_total", "Writes that were refused because the disk had too little space.", () => read()?.RefusedWrites ?? 0);
        registry.Counter("binlog_pump_removed_bytes_total", "Bytes that retention has removed since the start.", () => read()?.Counts.RemovedBytes ?? 0);
    }

    private static IEnumerable<(string Label, double Value)> Lags(Func<RetentionStatus?> read, Func<DrainerLag, double> value) =>
        read()?.Drainers.Select(lag => (lag.Drainer.NodeId, value(lag))) ?? [];
}
