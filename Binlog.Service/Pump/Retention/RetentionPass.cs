using Binlog.Service.Configuration;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Retention;

/// <summary>Removes what may go, once for each call. One caller runs it; anybody may read.</summary>
internal sealed partial class RetentionPass(IRetainedStore store, DrainerWatch drainers, RetentionOptions options, TimeProvider time, ILogger logger)
{
    private volatile RetentionCounts _counts = new();
    private volatile PassOutcome? _last;

    /// <summary>Totals since the start.</summary>
    public RetentionCounts Counts => _counts;

    /// <summary>The latest pass; null before the first.</summary>
    public PassOutcome? Last => _last;

    /// <summary>Makes a pass. A failure is logged, counted and left to the next pass.</summary>
    /// <exception cref="OperationCanceledException">The Pump is stopping.</exception>
    public async Task RunAsync(string trigger, CancellationToken cancellationToken)
    {
        ulong before = store.OldestCommitTs;
        DrainerPositions positions = await drainers.RefreshAsync(cancellationToken);
        var plan = new RetentionPlan();
        RemovedBinlogs? removed = null;
        string? error = null;
        try
        {
            plan = RetentionPlanner.Plan(RetentionFacts.Read(store, options, positions.Known, time.GetUtcNow()), options);
            removed = plan.RemoveUpTo is { } limit ? await store.RemoveUpToAsync(limit, cancellationToken) : null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            error = exception.Message;
            LogFailed(exception, plan.RemoveUpTo ?? plan.WantedCommitTs, exception.Message);
        }

        var outcome = new PassOutcome { At = time.GetUtcNow(), Trigger = trigger, Plan = plan, Removed = removed, Error = error };
        Count(outcome, ReportMissing(plan, before));
        _last = outcome;
    }

    /// <summary>Tells which Drainers have lost something, also after a removal that failed half-way.</summary>
    private int ReportMissing(RetentionPlan plan, ulong before)
    {
        ulong oldest = store.OldestCommitTs;
        if (oldest <= before)
        {
            return 0;
        }

        DrainerPosition[] missing = [.. plan.Behind.Where(drainer => drainer.CommitTs < oldest)];
        foreach (DrainerPosition drainer in missing)
        {
            LogNeededRemoved(drainer.NodeId, drainer.Address, drainer.CommitTs, oldest);
        }

        return missing.Length;
    }

    private void Count(PassOutcome outcome, int missing)
    {
        RetentionCounts counts = _counts;
        _counts = counts with
        {
            Passes = counts.Passes + 1,
            Failures = counts.Failures + (outcome.Error is null ? 0 : 1),
            RemovedSegments = counts.RemovedSegments + (outcome.Removed?.Segments ?? 0),
            RemovedBytes = counts.RemovedBytes + (outcome.Removed?.Bytes ?? 0),
            NeededRemovals = counts.NeededRemovals + missing,
        };
    }

    [LoggerMessage(EventIds.PumpRetentionFailed, LogLevel.Error, "Old binlogs up to commit TS {CommitTs} could not be removed; the next pass tries again: {Reason}")]
    private partial void LogFailed(Exception exception, ulong commitTs, string reason);

    [LoggerMessage(EventIds.PumpNeededBinlogsRemoved, LogLevel.Warning, "Binlogs were removed that the Drainer {NodeId} at {Address} needs: it has everything up to commit TS {CommitTs}, this Pump now begins at {OldestCommitTs}. It can't go on: load its target anew from a backup at or after that, or set pump.retention.drainers to keep before it comes to this.")]
    private partial void LogNeededRemoved(string nodeId, string address, ulong commitTs, ulong oldestCommitTs);
}
