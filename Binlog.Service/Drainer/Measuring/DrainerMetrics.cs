using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Metrics;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Measuring;

/// <summary>What a Drainer measures, under the original's names. All of it is asked for when it is scraped.</summary>
internal static class DrainerMetrics
{
    /// <summary>A registry with the Drainer's metrics, to which other parts may add theirs.</summary>
    /// <param name="collector">What pulls; null as long as nothing does.</param>
    /// <param name="progress">How far applying is.</param>
    public static MetricRegistry Create(Func<Collector?> collector, ApplyProgress progress)
    {
        var registry = new MetricRegistry();
        ProcessMetrics.Register(registry);
        registry.Gauge("binlog_drainer_checkpoint_tso", "Commit TS up to which the target has everything, as milliseconds since 1970.", () => Milliseconds(progress.CommitTs));
        registry.Gauges(
            "binlog_drainer_pump_position",
            "Commit TS of the newest binlog from each Pump, as milliseconds since 1970.",
            "nodeID",
            () => (collector()?.Sources ?? []).Select(source => (source.NodeId, Milliseconds(source.LastTs))));
        registry.Counters("binlog_drainer_event", "Rows, DDL jobs and checkpoints that were applied.", "type", () => Events(progress));
        registry.Counter("binlog_drainer_ddl_jobs_total", "DDL jobs that were applied.", () => progress.SchemaChanges);
        registry.Counter("binlog_drainer_restarted_transactions_total", "Transactions of the target that were rolled back and executed anew, because their turn to commit did not come or they failed before it.", () => progress.Applied.Restarts);
        registry.Counters("binlog_drainer_error_count", "Binlogs that could not be read. A Drainer ends at the first one, so a running one shows 0.", "type", () => [("unmarshal_binlog", 0)]);
        return registry;
    }

    private static double Milliseconds(ulong commitTs) => new Tso(commitTs).PhysicalMilliseconds;

    private static (string Label, double Value)[] Events(ApplyProgress progress) =>
    [
        ("Insert", progress.Applied.Inserts), ("Update", progress.Applied.Updates), ("Delete", progress.Applied.Deletes),
        ("DDL", progress.SchemaChanges), ("savepoint", progress.Applied.Groups + progress.SchemaChanges),
    ];
}
