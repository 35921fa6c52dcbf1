using Binlog.Service.Metrics;
using Binlog.TiDB;

namespace Binlog.Service.Drainer.Measuring;

/// <summary>How long applying takes. Names and buckets are the original's. Thread-safe.</summary>
internal sealed class ApplyTimings
{
    private readonly Histogram _checkpointDelay;

    /// <summary>Registers the histograms.</summary>
    public ApplyTimings(MetricRegistry registry)
    {
        _checkpointDelay = registry.Histogram(
            "binlog_drainer_checkpoint_delay_seconds", "How far the checkpoint was behind the clock when it had moved, in seconds.", Buckets.Exponential(0.001, 2, 22));
        Execute = registry.Histogram(
            "binlog_drainer_execute_duration_time", "How long transactions of the target took, in seconds: from their first statement's turn until they were committed.", Buckets.Exponential(0.00005, 2, 18));
        MetricFamily<Histogram> queries = registry.Histograms(
            "binlog_drainer_query_duration_time", "How long the target took, in seconds: for a transaction's statements (exec), for its commit (commit).", Buckets.Exponential(0.00005, 2, 18), "type");
        (Statements, Commit) = (queries.With("exec"), queries.With("commit"));
    }

    /// <summary>Seconds from taking a group to its commit.</summary>
    public Histogram Execute { get; }

    /// <summary>Seconds of a group's statements.</summary>
    public Histogram Statements { get; }

    /// <summary>Seconds of a group's commit, checkpoint included.</summary>
    public Histogram Commit { get; }

    /// <summary>Notes that the checkpoint has moved.</summary>
    public void Moved(ulong commitTs, DateTimeOffset now) =>
        _checkpointDelay.Observe(Math.Max(0, now.ToUnixTimeMilliseconds() - new Tso(commitTs).PhysicalMilliseconds) / 1000.0);
}
