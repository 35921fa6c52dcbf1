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
    private bool _isMeasured;
    private long _refusedWrites;

    /// <summary>How many writes have been refused.</summary>
    public long RefusedWrites => Interlocked.Read(ref _refusedWrites);

    /// <summary>Why a write is refused now; null when it is not. A refusal is counted.</summary>
    public string? Refusal()
    {
        if (stopWriteAtBytes == 0)
        {
            return null;
        }

        long available = Available();
        if (available > stopWriteAtBytes)
        {
            return null;
        }

        Interlocked.Increment(ref _refusedWrites);
        return $"no available space, available: {available}, StopWriteAtAvailableSpace: {stopWriteAtBytes} (bytes, of the disk of {directory}). Free space, or lower pump.stopWriteAtAvailableSpace.";
    }

    private long Available()
    {
        lock (_lock)
        {
            if (!_isMeasured || time.GetElapsedTime(_measuredAt) >= Interval)
            {
                _isMeasured = true;
                _measuredAt = time.GetTimestamp();
                Measure();
            }

            return _available;
        }
    }

    /// <summary>A disk that doesn't say how full it is keeps its last number: the write itself will tell.</summary>
    private void Measure()
    {
        try
        {
            _available = _measure(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
