namespace Binlog.Service.Metrics;

/// <summary>Upper bounds of a histogram's buckets, ascending, without the infinite one.</summary>
internal static class Buckets
{
    /// <summary>As Prometheus' <c>ExponentialBuckets</c>: <paramref name="count"/> bounds from <paramref name="start"/> on, each <paramref name="factor"/> times the one before.</summary>
    /// <param name="start">Above 0.</param>
    /// <param name="factor">Above 1.</param>
    /// <param name="count">At least 1.</param>
    public static double[] Exponential(double start, double factor, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(start);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(factor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var bounds = new double[count];
        for (int i = 0; i < count; i++)
        {
            bounds[i] = start;
            start *= factor;
        }

        return bounds;
    }
}
