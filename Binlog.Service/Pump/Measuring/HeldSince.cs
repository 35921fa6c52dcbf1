namespace Binlog.Service.Pump.Measuring;

/// <summary>Tells since when the same thing has been in the way, as seen by whoever asks. Thread-safe.</summary>
internal sealed class HeldSince<T>(TimeProvider time)
    where T : struct
{
    private readonly Lock _lock = new();
    private T? _seen;
    private long _since;

    /// <summary>Seconds since <paramref name="current"/> was seen first; 0 when nothing is in the way.</summary>
    public double Seconds(T? current)
    {
        lock (_lock)
        {
            if (!EqualityComparer<T?>.Default.Equals(current, _seen))
            {
                (_seen, _since) = (current, time.GetTimestamp());
            }

            return current is null ? 0 : time.GetElapsedTime(_since).TotalSeconds;
        }
    }
}
