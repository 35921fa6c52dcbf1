namespace Binlog.Service.Pump.Serving;

/// <summary>
/// Refuses new transactions while the data directory's disk has too little space, so that a Pump never dies of a full disk and has
/// room for the outcomes of those that it took. Looks at most every three seconds, and counts what is written in between. Thread-safe.
/// </summary>
internal sealed class DiskSpaceGuard(string directory, long stopWriteAtBytes, TimeProvider time, Func<string, long>? measure = null)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly Func<string, long> _measure = measure ?? (path => new DriveInfo(path).AvailableFreeSpace);
    private readonly Lock _lock = new();
    private long _available = long.MaxValue;
    private long _letIn;
    private long _measuredAt;
    private bool _isMeasured;
    private long _refusedWrites;

    /// <summary>How many writes have been refused.</summary>
    public long RefusedWrites => Interlocked.Read(ref _refusedWrites);

    /// <summary>Why a write is refused now; null when it is not. A refusal is counted.</summary>
    /// <param name="bytes">What the write will take.</param>
    public string? Refusal(long bytes)
    {
        if (stopWriteAtBytes == 0)
        {
            return null;
        }

        long available = Available(bytes);
        if (available > stopWriteAtBytes)
        {
            return null;
        }

        Interlocked.Increment(ref _refusedWrites);
        return $"no available space, available: {available}, StopWriteAtAvailableSpace: {stopWriteAtBytes} (bytes, of the disk of {directory}). Free space, or lower pump.stopWriteAtAvailableSpace.";
    }

    /// <summary>Counts a write that is never refused.</summary>
    /// <param name="bytes">What it will take.</param>
    public void LetIn(long bytes)
    {
        lock (_lock)
        {
            _letIn += bytes;
        }
    }

    /// <summary>What is left before this write, which is counted when it is let in.</summary>
    private long Available(long bytes)
    {
        lock (_lock)
        {
            if (!_isMeasured || time.GetElapsedTime(_measuredAt) >= Interval)
            {
                _isMeasured = true;
                _measuredAt = time.GetTimestamp();
                Measure();
            }

            long left = Math.Max(0, _available - _letIn);
            _letIn += left > stopWriteAtBytes ? bytes : 0;
            return left;
        }
    }

    /// <summary>A disk that doesn't say how full it is keeps its last number: the write itself will tell.</summary>
    private void Measure()
    {
        try
        {
            _available = _measure(directory);
            _letIn = 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }
}
