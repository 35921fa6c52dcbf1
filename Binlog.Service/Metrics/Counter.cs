namespace Binlog.Service.Metrics;

/// <summary>A count that only grows. Lock-free, allocates nothing.</summary>
internal sealed class Counter : IMetricValue
{
    private long _value;

    public long Value => Interlocked.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);

    /// <summary>Adds <paramref name="count"/>, which is not negative.</summary>
    public void Add(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Interlocked.Add(ref _value, count);
    }

    public void Write(ExpositionWriter writer, string name, string labels) => writer.Sample(name, labels, Value);
}
