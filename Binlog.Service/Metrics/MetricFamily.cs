using System.Collections.Concurrent;

namespace Binlog.Service.Metrics;

/// <summary>
/// A metric with labels: one value per combination of label values, made when it is first asked for. Thread-safe; asking for one
/// that exists takes no lock. Whoever observes often keeps the value instead of asking each time.
/// </summary>
/// <remarks>Every combination stays for the process's life, so label values come from a small fixed set.</remarks>
internal sealed class MetricFamily<T> : Metric
    where T : IMetricValue
{
    private readonly ConcurrentDictionary<string, T> _values = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string> _labelNames;
    private readonly Func<T> _create;

    public MetricFamily(string name, string help, MetricKind kind, IReadOnlyList<string> labelNames, Func<T> create)
        : base(name, help, kind)
    {
        _labelNames = labelNames;
        _create = create;
    }

    /// <summary>The value for these label values, in the order of the label names.</summary>
    public T With(params string[] labelValues)
    {
        if (labelValues.Length != _labelNames.Count)
        {
            throw new ArgumentException($"{Name} has {_labelNames.Count} labels, {labelValues.Length} values were given.", nameof(labelValues));
        }

        return _values.GetOrAdd(ExpositionWriter.Labels(_labelNames, labelValues), _ => _create());
    }

    public override void WriteSamples(ExpositionWriter writer)
    {
        foreach ((string labels, T value) in _values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            value.Write(writer, Name, labels);
        }
    }
}
