using Binlog.Service.Metrics;
using Binlog.Service.Pump.Retention;

namespace Binlog.Service.Pump.Measuring;

/// <summary>
/// What a Pump measures. Names, labels and buckets that begin with <c>binlog_pump_</c> and are in PingCAP's dashboards and alert
/// rules are the original's; docs/operations/metrics.md says which. Thread-safe.
/// </summary>
internal sealed class PumpMetrics
{
    private const string Single = "single";
    private const string Batch = "batch";

    public PumpMetrics()
    {
        Registry = new MetricRegistry();
        ProcessMetrics.Register(Registry);
        RpcDurations = Registry.Histograms(
            "binlog_pump_rpc_duration_seconds", "How long gRPC calls took, in seconds; a pull counts when it ends.", Buckets.Exponential(0.00005, 2, 18), "method", "label");

        MetricFamily<Histogram> sizes = Registry.Histograms(
            "binlog_pump_storage_write_binlog_size", "Size of what was written, in bytes: single binlogs, and the groups that share a flush.", Buckets.Exponential(16, 2, 25), "type");
        (WriteSize, GroupSize) = (sizes.With(Single), sizes.With(Batch));
        MetricFamily<Histogram> durations = Registry.Histograms(
            "binlog_pump_storage_write_binlog_duration_time",
            "How long writing took, in seconds: a binlog until it is acknowledged (single), a group (batch), of it the write (to_disk) and the flush (fsync); beginning a segment (rotate).",
            Buckets.Exponential(0.00005, 2, 20),
            "type");
        (WriteDuration, GroupDuration, ToDiskDuration) = (durations.With(Single), durations.With(Batch), durations.With("to_disk"));
        (FlushDuration, RotateDuration) = (durations.With("fsync"), durations.With("rotate"));

        Registry.Counters("binlog_pump_storage_error_count", "Failures of the storage, by what failed.", "type", ReadErrorCounts);
        RetentionMetrics.Register(Registry, () => Retention());
        Registry.Counter("binlog_pump_storage_query_tikv_count", "Questions about what became of a transaction.", () => FateQueries());
        SlowWrites = Registry.Counter("binlog_pump_slow_writes_total", "Writes that took longer than pump.slowWriteThreshold.");
        Pullers = Registry.Gauge("binlog_pump_pullers", "Pulls that run at present.");
        PulledBytes = Registry.Counter("binlog_pump_pulled_bytes_total", "Bytes of binlogs that were sent to Drainers, before compression.");
        RegisterSlowChaser();
    }

    /// <summary>Where other parts register what they measure, one line each.</summary>
    public MetricRegistry Registry { get; }

    /// <summary>By method and <c>succ</c> or <c>fail</c>.</summary>
    public MetricFamily<Histogram> RpcDurations { get; }

    /// <summary>Bytes of a binlog.</summary>
    public Histogram WriteSize { get; }

    /// <summary>Seconds from taking a binlog to its acknowledgement.</summary>
    public Histogram WriteDuration { get; }

    /// <summary>Bytes of a group of binlogs that share a flush.</summary>
    public Histogram GroupSize { get; }

    /// <summary>Seconds of a group, write and flush.</summary>
    public Histogram GroupDuration { get; }

    /// <summary>Seconds until the operating system has a group.</summary>
    public Histogram ToDiskDuration { get; }

    /// <summary>Seconds of a group's flush.</summary>
    public Histogram FlushDuration { get; }

    /// <summary>Seconds of beginning a segment.</summary>
    public Histogram RotateDuration { get; }

    /// <summary>How retention stands. Set it to whoever knows; null as long as it does not run.</summary>
    public Func<RetentionStatus?> Retention { get; set; } = () => null;

    /// <summary>Questions about what became of a transaction. Set it to whoever asks; nobody: 0.</summary>
    public Func<long> FateQueries { get; set; } = () => 0;

    public Counter SlowWrites { get; }

    public Gauge Pullers { get; }

    public Counter PulledBytes { get; }

    /// <summary>A stored record could not be read.</summary>
    public Counter ReadErrors { get; } = new();

    /// <summary>The order or its index failed. Set it to whoever knows; nobody: 0.</summary>
    public Func<long> OrderErrors { get; set; } = () => 0;

    /// <summary>A group could not be made durable.</summary>
    public Counter GroupErrors { get; } = new();

    /// <summary>A binlog was not acknowledged because it could not be made durable.</summary>
    public Counter WriteErrors { get; } = new();

    /// <summary>The types are the original's; prewrites are never fed from one store to another here.</summary>
    private (string Label, double Value)[] ReadErrorCounts() =>
    [
        ("read_value", ReadErrors.Value), ("feed_pre_write_value", 0), ("batch_write_kv", OrderErrors()),
        ("write_binlog_batch", GroupErrors.Value), ("write_binlog", WriteErrors.Value),
    ];

    /// <summary>The original's queue between its two stores. There is no such queue here, so these stay at 0.</summary>
    private void RegisterSlowChaser()
    {
        MetricFamily<Counter> counts = Registry.Counters("binlog_pump_storage_slow_chaser_count", "Of the original's slow chaser, which is not needed here: always 0.", "type");
        foreach (string type in new[] { "turned_on", "turned_off", "recovery", "catch_up" })
        {
            counts.With(type);
        }

        Registry.Histogram("binlog_drainer_slow_chaser_catchup_time_seconds", "Of the original's slow chaser, which is not needed here: always 0.", Buckets.Exponential(0.001, 2, 22));
    }
}
