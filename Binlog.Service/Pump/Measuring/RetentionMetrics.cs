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
        registry.Counter("binlog_pump_refused_writes_total", "Writes that were refused because the disk had too little space.", () => read()?.RefusedWrites ?? 0);
        registry.Counter("binlog_pump_removed_bytes_total", "Bytes that retention has removed since the start.", () => read()?.Counts.RemovedBytes ?? 0);
    }
}
