using System.Text.RegularExpressions;

namespace Binlog.Service.Metrics;

/// <summary>
/// The metrics of one node. Any part registers what it measures with one line, before or after the node listens; a scrape writes
/// everything that is registered. Thread-safe.
/// </summary>
internal sealed partial class MetricRegistry
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Metric> _metrics = new(StringComparer.Ordinal);
    private readonly Counter _failures;

    public MetricRegistry() =>
        _failures = Counter("binlog_metrics_unreadable_total", "Metrics that were left out of a scrape because their value could not be read.");

    /// <summary>Registers a counter.</summary>
    /// <exception cref="ArgumentException">The name is malformed or taken.</exception>
    public Counter Counter(string name, string help) => Counters(name, help).With();

    /// <summary>Registers a counter with labels.</summary>
    /// <exception cref="ArgumentException">A name is malformed, or the metric's is taken.</exception>
    public MetricFamily<Counter> Counters(string name, string help, params string[] labels) =>
        Add(new MetricFamily<Counter>(name, help, MetricKind.Counter, Check(labels), () => new Counter()));

    /// <summary>Registers a counter that is kept elsewhere.</summary>
    /// <exception cref="ArgumentException">The name is malformed or taken.</exception>
    public void Counter(string name, string help, Func<double> read) =>
        Add(new CallbackMetric(name, help, MetricKind.Counter, null, () => [("", read())]));

    /// <summary>Registers a counter with one label that is kept elsewhere.</summary>
    /// <exception cref="ArgumentException">A name is malformed, or the metric's is taken.</exception>
    public void Counters(string name, string help, string label, Func<IEnumerable<(string Label, double Value)>> read) =>
        Add(new CallbackMetric(name, help, MetricKind.Counter, Check([label])[0], read));

    /// <summary>Registers a gauge that is set.</summary>
    /// <exception cref="ArgumentException">The name is malformed or taken.</exception>
    public Gauge Gauge(string name, string help) =>
        Add(new MetricFamily<Gauge>(name, help, MetricKind.Gauge, [], () => new Gauge())).With();

    /// <summary>Registers a gauge that is asked for.</summary>
    /// <exception cref="ArgumentException">The name is malformed or taken.</exception>
    public void Gauge(string name, string help, Func<double> read) =>
        Add(new CallbackMetric(name, help, MetricKind.Gauge, null, () => [("", read())]));

    /// <summary>Registers a gauge that has no value at times: then it is not in the scrape.</summary>
    /// <exception cref="ArgumentException">The name is malformed or taken.</exception>
    public void Gauge(string name, string help, Func<double?> read) =>
        Add(new CallbackMetric(name, help, MetricKind.Gauge, null, () => read() is { } value ? [("", value)] : []));

    /// <summary>Registers a gauge with one label whose values are asked for.</summary>
    /// <exception cref="ArgumentException">A name is malformed, or the metric's is taken.</exception>
    public void Gauges(string name, string help, string label, Func<IEnumerable<(string Label, double Value)>> read) =>
        Add(new CallbackMetric(name, help, MetricKind.Gauge, Check([label])[0], read));

    /// <summary>Registers a histogram.</summary>
    /// <exception cref="ArgumentException">The name is malformed or taken.</exception>
    public Histogram Histogram(string name, string help, double[] buckets) => Histograms(name, help, buckets).With();

    /// <summary>Registers a histogram with labels; <c>le</c> is taken.</summary>
    /// <exception cref="ArgumentException">A name is malformed, or the metric's is taken.</exception>
    public MetricFamily<Histogram> Histograms(string name, string help, double[] buckets, params string[] labels) =>
        Add(new MetricFamily<Histogram>(name, help, MetricKind.Histogram, Check(labels), () => new Histogram(buckets)));

    /// <summary>Names of everything that is registered, in order.</summary>
    public IReadOnlyList<string> Names => [.. Snapshot().Select(metric => metric.Name)];

    /// <summary>Everything in Prometheus' text format, by name. A metric whose value can't be read is left out and counted.</summary>
    public string Write()
    {
        var writer = new ExpositionWriter();
        foreach (Metric metric in Snapshot())
        {
            int start = writer.Length;
            try
            {
                writer.Begin(metric.Name, metric.Help, metric.Kind);
                metric.WriteSamples(writer);
            }
            catch (Exception)
            {
                // A part that is being stopped, or a disk that is gone, must not take the other metrics with it.
                writer.CutTo(start);
                _failures.Increment();
            }
        }

        return writer.ToString();
    }

    private T Add<T>(T metric)
        where T : Metric
    {
        if (!NamePattern().IsMatch(metric.Name))
        {
            throw new ArgumentException($"'{metric.Name}' is not a metric name.", nameof(metric));
        }

        lock (_lock)
        {
            return _metrics.TryAdd(metric.Name, metric) ? metric : throw new ArgumentException($"The metric {metric.Name} is registered already.", nameof(metric));
        }
    }

    private Metric[] Snapshot()
    {
        lock (_lock)
        {
            return [.. _metrics.Values];
        }
    }

    private static string[] Check(string[] labels) => labels.FirstOrDefault(label => !LabelPattern().IsMatch(label) || label == "le") is { } wrong
        ? throw new ArgumentException($"'{wrong}' is not a label name.", nameof(labels))
        : labels;

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-zA-Z_][a-zA-Z0-9_]*$")]
    private static partial Regex LabelPattern();
}
