using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Binlog.Service.Drainer.Merging;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Metrics;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Measuring;

/// <summary>What a Drainer measures, under the original's names. All of it is asked for when it is scraped.</summary>
internal static class DrainerMetrics
{
    /// <summary>Registers what is asked for; histograms are registered by the parts that observe.</summary>
    public static void Register(MetricRegistry registry, Collector collector, Merger merger, Relay relay, ApplyProgress progress, TimeProvider time)
    {
        registry.Gauges("binlog_drainer_queue_size", "Binlogs that wait: of all Pumps, merged and in the relay log, for the target (syncer_input).", "name", () => [("syncer_input", relay.BacklogRecords)]);
        registry.Gauge("binlog_drainer_relay_backlog_bytes", "Bytes of the relay log that wait for the target.", () => relay.BacklogBytes());
        registry.Gauges(
            "binlog_drainer_stage_lag_seconds",
            "How far each stage is behind the clock, in seconds: what every Pump has sent (pulled), what is in order (merged), flushed to the relay log (relayed), and in the target (applied).",
            "stage",
            () => Lags(collector, merger, relay, progress, time));
        registry.Gauge("binlog_drainer_checkpoint_tso", "Commit TS up to which the target has everything, as milliseconds since 1970.", () => Milliseconds(progress.CommitTs));
        registry.Gauge(
            "binlog_drainer_paused_seconds",
            "For how long an operator has had applying paused, in seconds; 0 when it isn't.",
            () => progress.Pause.Since is { } since ? Math.Max(0, (time.GetUtcNow() - since).TotalSeconds) : 0);
        registry.Gauge(
            "binlog_drainer_refused_ddl_seconds",
            "For how long a schema change that the target refused has waited for somebody's choice, in seconds; 0 when none does.",
            () => progress.Desk.Held is { } held ? Math.Max(0, (time.GetUtcNow() - held.Since).TotalSeconds) : 0);
        registry.Gauges(
            "binlog_drainer_pump_position",
            "Commit TS of the newest binlog from each Pump, as milliseconds since 1970.",
            "nodeID",
            () => collector.Sources.Select(source => (source.NodeId, Milliseconds(source.LastTs))));
        registry.Counters("binlog_drainer_event", "Rows, DDL jobs and checkpoints that were applied.", "type", () => Events(progress));
        registry.Counter("binlog_drainer_ddl_jobs_total", "DDL jobs that were applied.", () => progress.SchemaChanges);
        registry.Counter("binlog_drainer_restarted_transactions_total", "Transactions of the target that were rolled back and executed anew, because their turn to commit did not come or they failed before it.", () => progress.Applied.Restarts);
        registry.Gauge("binlog_drainer_large_transaction_bytes", "Length of the transaction that is being applied in pieces, because it is too large for memory; 0 when none is.", () => progress.Large?.Bytes ?? 0);
        registry.Gauge("binlog_drainer_large_transaction_rows", "Rows of that transaction that are executed and not committed yet; 0 when none is under way.", () => progress.Large?.Rows ?? 0);
        registry.Counters("binlog_drainer_error_count", "Binlogs that could not be read. A Drainer ends at the first one, so a running one shows 0.", "type", () => [("unmarshal_binlog", 0)]);
    }

    private static IEnumerable<(string Stage, double Seconds)> Lags(Collector collector, Merger merger, Relay relay, ApplyProgress progress, TimeProvider time)
    {
        double now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (collector.Sources is { Count: > 0 } sources)
        {
            yield return ("pulled", Behind(sources.Min(source => source.LastTs)));
        }

        yield return ("merged", Behind(merger.LastTs));
        yield return ("relayed", Behind(relay.LastCommitTs ?? 0));
        yield return ("applied", Behind(progress.CommitTs));

        double Behind(ulong commitTs) => commitTs == 0 ? 0 : Math.Max(0, now - Milliseconds(commitTs)) / 1000;
    }

    private static double Milliseconds(ulong commitTs) => new Tso(commitTs).PhysicalMilliseconds;

    private static (string Label, double Value)[] Events(ApplyProgress progress) =>
    [
        ("Insert", progress.Applied.Inserts), ("Update", progress.Applied.Updates), ("Delete", progress.Applied.Deletes),
        ("DDL", progress.SchemaChanges), ("savepoint", progress.Applied.Groups + progress.SchemaChanges),
    ];
}
