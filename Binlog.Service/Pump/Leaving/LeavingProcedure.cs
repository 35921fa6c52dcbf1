using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Leaving;

/// <summary>
/// Finds out when a Pump that takes no new transactions can go without anybody losing anything: when what it was given is decided
/// and every Drainer that is not offline has applied it. Source: tidb-binlog pump/server.go, waitSafeToOffline.
/// </summary>
/// <remarks>
/// Once the writes that were let in have ended and everything written is sorted and decided, no transaction can be added any more: so
/// the max commit TS of that moment is all that Drainers have to reach, and fakes that come later (the Pump goes on writing them,
/// or merging would wait for it) don't put the end off. A commit without its prewrite brings the question up again.
/// </remarks>
internal sealed partial class LeavingProcedure(ILeavingStore store, WritesInFlight writes, INodeRegistry registry, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private LeavingProgress? _progress;
    private LeavingProgress? _logged;
    private long _loggedAt;
    private bool _isSorted;
    private ulong _commitTs;

    /// <summary>What is waited for; null while the Pump is not leaving.</summary>
    public LeavingProgress? Progress => Volatile.Read(ref _progress);

    /// <summary>Returns when the Pump can go. Prewrites must be refused already.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            _commitTs = 0;
            _isSorted = false;
            _logged = null;
            Report(LeavingProgress.Finishing);
            await writes.WaitForPresentAsync(cancellationToken);
            while (true)
            {
                LeavingProgress progress = await LookAsync(cancellationToken);
                Report(progress);
                if (progress.Phase == LeavingPhase.Done)
                {
                    LogEnd(progress);
                    return;
                }

                await Task.Delay(LookInterval, time, cancellationToken);
            }
        }
        finally
        {
            Volatile.Write(ref _progress, null);
        }
    }

    private async Task<LeavingProgress> LookAsync(CancellationToken cancellationToken)
    {
        // Asked before the problem: what was let in is known to the order when this has been true once.
        _isSorted = _isSorted || store.IsSorted;
        string? problem = store.OrderProblem;
        if (problem is not null || !_isSorted)
        {
            _commitTs = 0;
            return problem is null ? LeavingProgress.Sorting : LeavingProgress.Deciding(problem);
        }

        _commitTs = _commitTs == 0 ? store.MaxCommitTs : _commitTs;
        try
        {
            return LeavingProgress.Delivering(_commitTs, await registry.ListAsync(NodeRole.Drainer, cancellationToken));
        }
        catch (ClusterException exception)
        {
            return LeavingProgress.RegistryAway(_commitTs, exception.Message);
        }
    }

    /// <summary>The status has every look, the log a change at once and the present positions now and then.</summary>
    private void Report(LeavingProgress progress)
    {
        Volatile.Write(ref _progress, progress);
        bool isNew = _logged?.Situation != progress.Situation;
        if (isNew || (progress.Message != _logged!.Message && time.GetElapsedTime(_loggedAt) >= LogInterval))
        {
            _logged = progress;
            _loggedAt = time.GetTimestamp();
            LogProgress(progress.Message);
        }
    }

    private void LogEnd(LeavingProgress progress)
    {
        if (progress.Drainers.Count == 0)
        {
            LogLeftWithoutDrainers(progress.CommitTs);
        }
        else
        {
            LogLeft(progress.CommitTs, progress.Drainers.Count);
        }
    }

    [LoggerMessage(EventIds.PumpLeaving, LogLevel.Information, "The Pump is leaving: {Progress}")]
    private partial void LogProgress(string progress);

    [LoggerMessage(EventIds.PumpLeft, LogLevel.Information, "The Pump can go: everything up to commit TS {CommitTs} has been applied by all {Drainers} Drainers.")]
    private partial void LogLeft(ulong commitTs, int drainers);

    [LoggerMessage(EventIds.PumpLeftWithoutDrainers, LogLevel.Warning, "The Pump goes although no Drainer is registered: nobody has pulled what it holds up to commit TS {CommitTs}. It stays in the data directory; starting the Pump again offers it again.")]
    private partial void LogLeftWithoutDrainers(ulong commitTs);
}
