namespace Binlog.Service.Pump.Measuring;

/// <summary>Lets one report a second through and counts the others. Thread-safe.</summary>
internal sealed class ReportLimiter(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _reportedAt;
    private bool _hasReported;
    private long _others;

    /// <summary>Whether to report now.</summary>
    /// <param name="others">How many were not reported since the last time.</param>
    public bool TryReport(out long others)
    {
        lock (_lock)
        {
            others = _others;
            if (_hasReported && time.GetElapsedTime(_reportedAt) < Interval)
            {
                _others++;
                return false;
            }

            (_others, _hasReported, _reportedAt) = (0, true, time.GetTimestamp());
            return true;
        }
    }
}
