namespace Binlog.Service.Metrics;

/// <summary>A value that goes up and down. Lock-free, allocates nothing.</summary>
internal sealed class Gauge : IMetricValue
{
    private double _value;

    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    /// <summary>Adds a number, which may be negative.</summary>
    public void Add(double difference) => AtomicDouble.Add(ref _value, difference);

    public void Write(ExpositionWriter writer, string name, string labels) => writer.Sample(name, labels, Value);
}
