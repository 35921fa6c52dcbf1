namespace Binlog.Service.Metrics;

/// <summary>Counts observations in buckets. Lock-free, allocates nothing on observation.</summary>
internal sealed class Histogram : IMetricValue
{
    private readonly double[] _bounds;
    private readonly string[] _boundTexts;
    private readonly long[] _counts;
    private double _sum;

    /// <param name="bounds">Ascending upper bounds; a bucket takes what is at most its bound. See <see cref="Buckets"/>.</param>
    public Histogram(double[] bounds)
    {
        _bounds = bounds;
        _boundTexts = [.. bounds.Select(ExpositionNumber.Format), "+Inf"];
        _counts = new long[bounds.Length + 1];
    }

    /// <summary>Number of observations.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                count += Interlocked.Read(ref _counts[i]);
            }

            return count;
        }
    }

    /// <summary>Sum of all observations.</summary>
    public double Sum => Volatile.Read(ref _sum);

    public void Observe(double value)
    {
        int bucket = Array.BinarySearch(_bounds, value);
        Interlocked.Increment(ref _counts[bucket < 0 ? ~bucket : bucket]);
        AtomicDouble.Add(ref _sum, value);
    }

    /// <summary>Observes a length of time in seconds.</summary>
    public void Observe(TimeSpan duration) => Observe(duration.TotalSeconds);

    /// <summary>The count is that of the buckets written with it, so that the two agree whatever is observed meanwhile.</summary>
    public void Write(ExpositionWriter writer, string name, string labels)
    {
        long count = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            count += Interlocked.Read(ref _counts[i]);
            writer.Bucket(name, labels, _boundTexts[i], count);
        }

        writer.Sample(name + "_sum", labels, Sum);
        writer.Sample(name + "_count", labels, count);
    }
}
