using System.Globalization;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Measuring;

/// <summary>Measures single writes and reports the slow and the failed ones, of each kind at most one line per second. Thread-safe; a write that is fast enough takes no lock.</summary>
/// <param name="metrics">Takes the measurements.</param>
/// <param name="threshold">A write that takes longer is slow; zero reports none.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where they are reported.</param>
internal sealed partial class WriteMeter(PumpMetrics metrics, TimeSpan threshold, TimeProvider time, ILogger logger)
{
    private readonly ReportLimiter _slow = new(time);
    private readonly ReportLimiter _failed = new(time);

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
    public void Fail(Exception exception)
    {
        metrics.WriteErrors.Increment();
        if (_failed.TryReport(out long others))
        {
            LogFailed(exception, exception.Message, More(others, "failed"));
        }
    }

    private static string More(long others, string kind) =>
        others == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {others} more {kind} writes since the last such line.");

    private void Report(TimeSpan duration, ulong startTs, int bytes)
    {
        if (_slow.TryReport(out long others))
        {
            LogSlow(duration.TotalSeconds, bytes, startTs, threshold.TotalSeconds, More(others, "slow"));
        }
    }

    [LoggerMessage(EventIds.PumpWriteFailed, LogLevel.Error, "A binlog could not be made durable and was not acknowledged: {Reason}{More}")]
    private partial void LogFailed(Exception exception, string reason, string more);

    [LoggerMessage(EventIds.PumpSlowWrite, LogLevel.Warning, "A write took {Seconds:0.000} s: {Bytes} bytes, start TS {StartTs}; pump.slowWriteThreshold is {Threshold:0.###} s.{More}")]
    private partial void LogSlow(double seconds, int bytes, ulong startTs, double threshold, string more);
}
