using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

internal sealed partial class LogSorter
{
    [LoggerMessage(EventIds.PumpIrregularBinlog, LogLevel.Warning, "{Irregularity}")]
    private partial void LogIrregularity(string irregularity);

    [LoggerMessage(EventIds.PumpSortingStopped, LogLevel.Error, "The Pump has stopped ordering binlogs: {Reason}")]
    private partial void LogSortingStopped(Exception exception, string reason);

    [LoggerMessage(EventIds.PumpSortingReadFailed, LogLevel.Warning, "The Pump can't read its log or index and orders nothing until it can; it is tried again, and writes are still taken: {Reason}")]
    private partial void LogReadFailed(string reason);

    [LoggerMessage(EventIds.PumpCheckpointFailed, LogLevel.Warning, "No checkpoint of the Pump's index could be written; a start after a crash takes longer until one is: {Reason}")]
    private partial void LogCheckpointFailed(Exception exception, string reason);
}
