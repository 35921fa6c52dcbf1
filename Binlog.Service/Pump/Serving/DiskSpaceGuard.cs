namespace Binlog.Service.Pump.Serving;

/// <summary>
/// Refuses writes while the data directory's disk has too little space, so that a Pump never dies of a full disk. Looks at
/// most every three seconds. Thread-safe.
/// </summary>
internal sealed class DiskSpaceGuard(string directory, long stopWriteAtBytes, TimeProvider time, Func<string, long>? measure = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly Func<string, long> _measure = measure ?? (path => new DriveInfo(path).AvailableFreeSpace);
    private readonly Lock _lock = new();
    private long _available = long.MaxValue;
    private long _measuredAt;

    /// <summary>Why a write is refused now; null when it is not.</summary>
    public string? Refusal()
    {
        if (stopWriteAtBytes == 0)
        {
            return null;
        }

        long available = Available();
        return available > stopWriteAtBytes
            ? null
            : $"no available space, available: {available}, StopWriteAtAvailableSpace: {stopWriteAtBytes} (bytes, of the disk of {directory}). Free space, or lower pump.stopWriteAtAvailableSpace.";
    }

    private long Available()
    {
        lock (_lock)
        {
            if (_available == long.MaxValue || time.GetElapsedTime(_measuredAt) >= Interval)
            {
                _measuredAt = time.GetTimestamp();
                _available = _measure(directory);
            }

            return _available;
        }
    }
}
