using Binlog.Cluster.Registry;
using Binlog.Cluster.Timestamps;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer;

/// <summary>
/// Goes on from the checkpoint that TiDB Binlog's Drainer left. It is read, never changed. One that says "consistent" was written at an orderly end. Any other one is behind
/// what was applied, because the original writes it every few seconds and apart from the data: everything that was committed by now may be in the target, in any part.
/// </summary>
internal sealed partial class OriginalTakeover(Applier applier, INodeRegistry registry, ITsoSource tso, TimeProvider time, ILogger logger)
{
    /// <summary>A running Drainer of the original writes its checkpoint at least so often, also when only fake binlogs come: every 3 s and as often as those come.</summary>
    private static readonly TimeSpan WatchFor = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Where to begin and up to where the original may have gone beyond that (0: not beyond it); null when it left nothing.</summary>
    /// <param name="initialCommitTs">What is configured for a target without a checkpoint.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="DrainerException">The original's Drainer still runs.</exception>
    /// <exception cref="Downstream.TargetException">It can't be looked for, or not be read.</exception>
    public async Task<(ulong CommitTs, ulong AnyUpTo)?> FindAsync(long initialCommitTs, CancellationToken cancellationToken)
    {
        if (await applier.FindOriginalAsync(cancellationToken) is not { } found)
        {
            return null;
        }

        if (!found.IsConsistent)
        {
            found = await WatchAsync(found, cancellationToken);
        }

        ulong anyUpTo = found.IsConsistent ? 0 : await NewestAsync(found.CommitTs, cancellationToken);
        LogTakesOver(found.Where, found.CommitTs, found.IsConsistent ? "that Drainer ended in order" : FormattableString.Invariant($"that Drainer did not end in order, so what was committed up to {anyUpTo} is applied as changes that may have been made before"), initialCommitTs);
        return (found.CommitTs, anyUpTo);
    }

    private async Task<OriginalCheckpoint> WatchAsync(OriginalCheckpoint first, CancellationToken cancellationToken)
    {
        LogWatches(first.Where, first.CommitTs, WatchFor.TotalSeconds);
        long began = time.GetTimestamp();
        OriginalCheckpoint last = first;
        while (!last.IsConsistent && time.GetElapsedTime(began) < WatchFor)
        {
            await Task.Delay(LookInterval, time, cancellationToken);
            last = await applier.FindOriginalAsync(cancellationToken) ?? throw new DrainerException($"The checkpoint of TiDB Binlog's Drainer has gone from {first.Where} while it was watched. Nothing was applied. Find out who removed it, and start again.");
            if (last.CommitTs != first.CommitTs && !last.IsConsistent)
            {
                throw new DrainerException(FormattableString.Invariant(
                    $"TiDB Binlog's Drainer still replicates into this target: its checkpoint in {first.Where} has moved from commit TS {first.CommitTs} to {last.CommitTs} while it was watched. Nothing was applied. Stop it (binlogctl -cmd pause-drainer), and start again."));
            }
        }

        return last;
    }

    /// <summary>Everything that is committed by now is at or below this. The cluster's timestamps may be behind those of another cluster's Pumps.</summary>
    private async Task<ulong> NewestAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeStatus> pumps = await registry.ListAsync(NodeRole.Pump, cancellationToken);
        ulong seen = pumps.Select(pump => (ulong)Math.Max(0, pump.MaxCommitTs)).Append(commitTs).Max();
        return Math.Max(seen, await tso.NextAsync(1, cancellationToken));
    }

    [LoggerMessage(EventIds.DrainerTakesOverOriginal, LogLevel.Information, "Going on from the checkpoint of TiDB Binlog's Drainer in {Where}, after commit TS {CommitTs}; {How}. drainer.initialCommitTs ({InitialCommitTs}) has no effect. That checkpoint is left as it is.")]
    private partial void LogTakesOver(string where, ulong commitTs, string how, long initialCommitTs);

    [LoggerMessage(EventIds.DrainerWatchesOriginal, LogLevel.Information, "The checkpoint of TiDB Binlog's Drainer in {Where}, at commit TS {CommitTs}, was not written at an orderly end. It is watched for {Seconds} s, to see whether that Drainer still runs.")]
    private partial void LogWatches(string where, ulong commitTs, double seconds);
}
