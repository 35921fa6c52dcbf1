using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Retention;

/// <summary>Measures the disk and reports every crossing of a watermark once. One caller looks; anybody may read.</summary>
internal sealed partial class DiskWatch(string directory, DiskWatermarks watermarks, ILogger logger, Func<string, DiskSpace> measure)
{
    private volatile DiskReading _latest = new(DiskState.Unknown, default, 0, watermarks.StopWriteAtBytes, "not measured yet");

    /// <summary>The latest measurement.</summary>
    public DiskReading Latest => _latest;

    /// <summary>Measures.</summary>
    /// <returns>True when the soft watermark has just been reached, or the hard one without it.</returns>
    public bool Look()
    {
        DiskReading before = _latest;
        DiskReading now = Measure(before);
        _latest = now;
        if (now.State == DiskState.Unknown)
        {
            if (before.Failure != now.Failure)
            {
                LogUnknown(directory, now.Failure!);
            }

            return false;
        }

        if (now.State != before.State)
        {
            Report(before.State, now);
        }

        return now.State >= DiskState.Low && before.State < DiskState.Low;
    }

    private DiskReading Measure(DiskReading before)
    {
        try
        {
            DiskSpace space = measure(directory);
            DiskState state = watermarks.StateOf(space, before.State >= DiskState.Low);
            return new DiskReading(state, space, watermarks.WarnAtBytes(space.TotalBytes), watermarks.StopWriteAtBytes, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return before with { State = DiskState.Unknown, Failure = exception.Message };
        }
    }

    private void Report(DiskState before, DiskReading now)
    {
        switch (now.State)
        {
            case DiskState.Full:
                LogFull(now.Space.AvailableBytes, directory, now.StopWriteAtBytes);
                break;
            case DiskState.Low when before == DiskState.Full:
                LogTakenAgain(now.Space.AvailableBytes, directory);
                break;
            case DiskState.Low:
                LogLow(now.Space.AvailableBytes, directory, now.WarnAtBytes, now.StopWriteAtBytes);
                break;
            case DiskState.Enough when before is DiskState.Low or DiskState.Full:
                LogEnough(now.Space.AvailableBytes, directory);
                break;
        }
    }

    [LoggerMessage(EventIds.PumpDiskFull, LogLevel.Error, "This Pump refuses writes: {Available} bytes are left on the disk of {Directory}, pump.stopWriteAtAvailableSpace is {Limit}. Free space; writes are then taken again without a restart. GET /retention says what holds binlogs back.")]
    private partial void LogFull(long available, string directory, long limit);

    [LoggerMessage(EventIds.PumpWritesTakenAgain, LogLevel.Information, "This Pump takes writes again: {Available} bytes are left on the disk of {Directory}.")]
    private partial void LogTakenAgain(long available, string directory);

    [LoggerMessage(EventIds.PumpDiskLow, LogLevel.Warning, "Disk space is low: {Available} bytes are left on the disk of {Directory}, pump.warnAtAvailableSpace is {Limit}. Old binlogs are being removed where that is allowed; at {StopWriteAt} bytes writes are refused.")]
    private partial void LogLow(long available, string directory, long limit, long stopWriteAt);

    [LoggerMessage(EventIds.PumpDiskEnough, LogLevel.Information, "Disk space is enough again: {Available} bytes are left on the disk of {Directory}.")]
    private partial void LogEnough(long available, string directory);

    [LoggerMessage(EventIds.PumpDiskUnknown, LogLevel.Warning, "The free space on the disk of {Directory} can't be measured: {Reason}")]
    private partial void LogUnknown(string directory, string reason);
}
