namespace Binlog.Service.Metrics;

/// <summary>A metric as it is registered: name, help, kind, and where its samples come from.</summary>
internal abstract class Metric(string name, string help, MetricKind kind)
{
    public string Name => name;

    /// <summary>One sentence, with the unit.</summary>
    public string Help => help;

    public MetricKind Kind => kind;

    /// <summary>Writes the samples as they are now.</summary>
    public abstract void WriteSamples(ExpositionWriter writer);
}
