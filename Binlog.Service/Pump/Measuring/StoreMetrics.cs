using Binlog.Service.Metrics;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Metrics that a Pump's store is asked for when they are scraped.</summary>
internal static class StoreMetrics
{
    /// <summary>Registers them.</summary>
    /// <param name="metrics">The Pump's metrics.</param>
    /// <param name="store">The store.</param>
    /// <param name="directory">Its directory, for the disk's size.</param>
    /// <param name="time">Clock for how long the order has been held.</param>
    public static void Register(PumpMetrics metrics, PumpStore store, string directory, TimeProvider time)
    {
        MetricRegistry registry = metrics.Registry;
        metrics.OrderErrors = () => store.SortingFault is null ? 0 : 1;
        registry.Counter("binlog_pump_loss_binlog_count", "Binlogs that Drainers miss: taken out of the store by repairs, and commits without prewrite that an operator gave up since the start.", () => store.LostBinlogs);
        registry.Gauge("binlog_pump_storage_max_commit_ts", "Commit TS up to which this Pump is complete, as milliseconds since 1970.", () => Milliseconds(store.MaxCommitTs));
        registry.Gauge("binlog_pump_storage_done_gc_ts", "Commit TS up to which binlogs have been removed, as milliseconds since 1970.", () => Milliseconds(store.OldestCommitTs));
        registry.Gauges("binlog_pump_storage_storage_size_bytes", "The data directory's disk: its size and what is free of it, in bytes.", "type", () => Disk(directory));
        registry.Gauge("binlog_pump_oldest_commit_ts", "Commit TS (TSO) up to which binlogs may have been removed; 0 as long as none has been.", () => store.OldestCommitTs);
        registry.Gauge("binlog_pump_order_held_seconds", "How long the order has been waiting for the same binlog, in seconds; 0 when it isn't.", () => store.Held is { } held ? Math.Max(0, (time.GetUtcNow() - held.Since).TotalSeconds) : 0);
        registry.Gauge("binlog_pump_undecided_prewrites", "Prewrites that were stored and have no outcome yet.", () => store.UndecidedCount);
        registry.Gauge("binlog_pump_store_bytes", "Bytes that the store takes on disk, log and index.", () => store.Bytes);
        registry.Counter("binlog_pump_storage_deleted_kv_total", "Stored records that retention has removed, since the store was created.", () => store.RemovedRecords);
    }

    private static double Milliseconds(ulong commitTs) => new Tso(commitTs).PhysicalMilliseconds;

    private static (string Label, double Value)[] Disk(string directory)
    {
        var drive = new DriveInfo(directory);
        return [("capacity", drive.TotalSize), ("available", drive.AvailableFreeSpace)];
    }
}
