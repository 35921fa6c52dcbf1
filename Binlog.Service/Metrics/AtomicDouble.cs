namespace Binlog.Service.Metrics;

/// <summary>Addition to a shared number without a lock.</summary>
internal static class AtomicDouble
{
    public static void Add(ref double location, double difference)
    {
        double seen = Volatile.Read(ref location);
        while (true)
        {
            double previous = Interlocked.CompareExchange(ref location, seen + difference, seen);

            // Compared as bits: a NaN differs from itself.
            if (BitConverter.DoubleToInt64Bits(previous) == BitConverter.DoubleToInt64Bits(seen))
            {
                return;
            }

            seen = previous;
        }
    }
}
