namespace Binlog.Service.Pump.Retention;

/// <summary>The rate at which a store has grown over the last hour. One caller adds; anybody may read the rate.</summary>
internal sealed class GrowthForecast(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMinutes(1);

    private readonly Queue<Sample> _samples = new();
    private volatile GrowthRate? _rate;
    private Sample? _last;

    /// <summary>The rate over the last hour, or since the start; null in the first minute.</summary>
    public GrowthRate? Rate => _rate;

    /// <summary>Adds a measurement, at most one a minute.</summary>
    /// <param name="bytes">What the store takes now.</param>
    /// <param name="removedBytes">What has been removed since the start.</param>
    public void Add(long bytes, long removedBytes)
    {
        long now = time.GetTimestamp();
        if (_last is { } last && time.GetElapsedTime(last.Timestamp, now) < SampleInterval)
        {
            return;
        }

        var sample = new Sample(now, bytes, removedBytes);
        while (_samples.Count > 1 && time.GetElapsedTime(_samples.Peek().Timestamp, now) > Window)
        {
            _samples.Dequeue();
        }

        _samples.Enqueue(sample);
        _last = sample;
        _rate = RateBetween(_samples.Peek(), sample);
    }

    private GrowthRate? RateBetween(Sample first, Sample last)
    {
        double hours = time.GetElapsedTime(first.Timestamp, last.Timestamp).TotalHours;
        double net = last.Bytes - first.Bytes;
        return hours > 0 ? new GrowthRate((net + last.RemovedBytes - first.RemovedBytes) / hours, net / hours) : null;
    }

    private readonly record struct Sample(long Timestamp, long Bytes, long RemovedBytes);
}
