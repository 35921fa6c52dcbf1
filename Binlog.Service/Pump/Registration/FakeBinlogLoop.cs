using Binlog.Cluster.Timestamps;
using Binlog.Cluster;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Registration;

/// <summary>
/// Keeps an idle Pump's max commit TS moving, so that merging does not wait for it: at an interval it tells the cluster which
/// commit TS it has seen, and when the cluster is further, stores a fake binlog with the cluster's timestamp.
/// </summary>
internal sealed partial class FakeBinlogLoop(PumpStore store, ITsoSource tso, TimeSpan interval, TimeProvider time, ILogger logger)
{
    /// <summary>Runs until cancelled. A TSO that can't be reached is reported once and tried again.</summary>
    /// <exception cref="ServiceException">Nothing can be written to the store any more.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        bool failed = false;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await StepAsync(cancellationToken);
                failed = false;
            }
            catch (Exception exception) when (exception is ClusterException or DiskFullException)
            {
                if (!failed)
                {
                    LogFailed(exception.Message);
                }

                failed = true;
            }
        }
    }

    /// <summary>One look, and one fake binlog if it is needed.</summary>
    public async Task StepAsync(CancellationToken cancellationToken)
    {
        if (store.WritingFault is { } fault)
        {
            throw new ServiceException($"The Pump's store can't be written any more: {fault.Message} Everything acknowledged is on disk; starting again recovers it.", fault);
        }

        if (store.SortingFault is not null)
        {
            return;
        }

        ulong timestamp = await tso.ObserveAsync(store.MaxSeenTs, cancellationToken);
        if (timestamp > store.MaxSeenTs)
        {
            byte[] fake = BinlogPayloads.Fake(timestamp);
            await store.WriteAsync(BinlogHeader.Parse(fake), fake, cancellationToken);
        }
    }

    [LoggerMessage(EventIds.PumpFakeFailed, LogLevel.Warning, "No fake binlog could be written; while this Pump is idle, Drainers wait for it: {Reason}")]
    private partial void LogFailed(string reason);
}
