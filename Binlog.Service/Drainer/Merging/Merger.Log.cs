using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Merging;

internal sealed partial class Merger
{
    [LoggerMessage(EventIds.DrainerMergeHeld, LogLevel.Warning, "The registry may not have had this Drainer as alive for a while, so a Pump may have started without telling it. Merging waits after commit TS {LastTs} until the registry was asked.")]
    private partial void LogHeld(ulong lastTs);

    [LoggerMessage(EventIds.DrainerMergeReleased, LogLevel.Information, "The registry has this Drainer as alive and has named the Pumps: merging goes on after commit TS {LastTs}.")]
    private partial void LogReleased(ulong lastTs);

    [LoggerMessage(EventIds.DrainerRepeatedTransaction, LogLevel.Debug, "The transaction of start TS {StartTs}, commit TS {CommitTs}, went out from Pump {First}; its copy from Pump {Second} is left out.")]
    private partial void LogRepeated(ulong startTs, ulong commitTs, string first, string second);
}
