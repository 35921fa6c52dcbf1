using System.Globalization;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Measures single writes and reports the slow ones, at most one line per second. Thread-safe; a write that is fast enough takes no lock.</summary>
/// <param name="metrics">Takes the measurements.</param>
/// <param name="threshold">A write that takes longer is slow; zero reports none.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where slow writes are reported.</param>
internal sealed partial class WriteMeter(PumpMetrics metrics, TimeSpan threshold, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _reportedAt;
    private bool _hasReported;
    private long _unreported;

    /// <summary>A write begins; give the result to <see cref="End"/>.</summary>
    public long Begin() => time.GetTimestamp();

    /// <summary>A write has been acknowledged.</summary>
    /// <param name="begun">What <see cref="Begin"/> returned.</param>
    /// <param name="startTs">Start TS of the binlog's transaction, for the report.</param>
    /// <param name="bytes">Size of the binlog.</param>
    public void End(long begun, ulong startTs, int bytes)
    {
        TimeSpan duration = time.GetElapsedTime(begun);
        metrics.WriteSize.Observe(bytes);
        metrics.WriteDuration.Observe(duration);
        if (threshold > TimeSpan.Zero && duration > threshold)
        {
            metrics.SlowWrites.Increment();
            Report(duration, startTs, bytes);
        }
    }

    /// <summary>A write could not be made durable.</summary>
    public void Fail() => metrics.WriteErrors.Increment();

    private void Report(TimeSpan duration, ulong startTs, int bytes)
    {
        long others;
        lock (_lock)
        {
            if (_hasReported && time.GetElapsedTime(_reportedAt) < ReportInterval)
            {
                _unreported++;
                return;
            }

            others = _unreported;
            (_unreported, _hasReported, _reportedAt) = (0, true, time.GetTimestamp());
        }

        string more = others == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {others} more slow writes since the last such line.");
        LogSlow(duration.TotalSeconds, bytes, startTs, threshold.TotalSeconds, more);
    }

    [LoggerMessage(EventIds.PumpSlowWrite, LogLevel.Warning, "A write took {Seconds:0.000} s: {Bytes} bytes, start TS {StartTs}; pump.slowWriteThreshold is {Threshold:0.###} s.{More}")]
    private partial void LogSlow(double seconds, int bytes, ulong startTs, double threshold, string more);
}
