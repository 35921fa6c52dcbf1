using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Relaying;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying;

/// <summary>
/// Keeps a session with the target: opens it, applies the relay log from the target's own checkpoint on, and when the target
/// goes away, opens it again. What can't be mended by that ends the Drainer.
/// </summary>
internal sealed partial class Applier(Func<ITarget> createTarget, Relay relay, ISchemaHistory history, ApplyLimits limits, ApplyProgress progress, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Opens the target for the first time and returns its checkpoint; null when it has none. Waits 30 s for one that can't be
    /// reached yet.
    /// </summary>
    /// <exception cref="TargetException">The target refuses, or can't be reached in time.</exception>
    public Task<Checkpoint?> ReadCheckpointAsync(CancellationToken cancellationToken) =>
        StartAsync((_, checkpoint) => Task.FromResult(checkpoint), cancellationToken);

    /// <summary>Notes in the target where replication begins, and returns what stands there then. Waits as <see cref="ReadCheckpointAsync"/> does.</summary>
    /// <exception cref="TargetException">The target refuses, or can't be reached in time.</exception>
    public Task<Checkpoint> WriteFirstCheckpointAsync(Checkpoint first, CancellationToken cancellationToken) => StartAsync(
        async (target, checkpoint) =>
        {
            if (checkpoint is null)
            {
                await target.ApplyAsync(new ChangeBatch(), first, cancellationToken);
            }

            return checkpoint ?? first;
        },
        cancellationToken);

    /// <summary>Applies until cancelled.</summary>
    /// <exception cref="TargetException">The target refuses something that trying again can't mend.</exception>
    /// <exception cref="DrainerException">The relay log does not reach back to the target's checkpoint.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => RunAsync((session, token) => session.RunAsync(token), Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Applies everything that the relay log has, and returns when it is durable in the target. Waits 30 s for one that is away.</summary>
    /// <exception cref="TargetException">The target refuses something that trying again can't mend, or stays away.</exception>
    /// <exception cref="DrainerException">The relay log does not reach back to the target's checkpoint, or has a gap.</exception>
    /// <exception cref="RelayLogException">The relay log is damaged or has a gap; what comes before is applied.</exception>
    public Task RunToEndAsync(CancellationToken cancellationToken) => RunAsync((session, token) => session.RunToEndAsync(token), StartTimeout, cancellationToken);

    private async Task RunAsync(Func<ApplySession, CancellationToken, Task> run, TimeSpan patience, CancellationToken cancellationToken)
    {
        TimeSpan delay = FirstRetryDelay;
        long? failingSince = null;
        while (true)
        {
            ulong before = progress.CommitTs;
            try
            {
                await using ITarget target = createTarget();
                Checkpoint checkpoint = await target.OpenAsync(cancellationToken)
                    ?? throw new DrainerException($"{target.Name} has lost its checkpoint while the Drainer was running. Nothing more is applied. If the target was emptied on purpose, empty the Drainer's data directory too, and start again.");
                CheckReach(target, checkpoint);
                LogOpened(target.Name, checkpoint.CommitTs, checkpoint.SchemaVersion);
                progress.Add(checkpoint.CommitTs, 0, 0, 0, time.GetUtcNow());
                SchemaTracker tracker = await SchemaTracker.ReplayAsync(history, checkpoint.SchemaVersion, cancellationToken);
                await run(new ApplySession(target, checkpoint, new TransactionTranslator(tracker, history), relay, limits, progress, time, logger), cancellationToken);
                return;
            }
            catch (TargetException exception) when (exception.IsTransient && !cancellationToken.IsCancellationRequested)
            {
                failingSince = progress.CommitTs > before ? time.GetTimestamp() : failingSince ?? time.GetTimestamp();
                if (patience != Timeout.InfiniteTimeSpan && time.GetElapsedTime(failingSince.Value) >= patience)
                {
                    throw;
                }

                progress.Failure = exception.Message;
                LogFailed(exception.Message);
            }

            delay = progress.CommitTs > before ? FirstRetryDelay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LastRetryDelay.Ticks));
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    private async Task<T> StartAsync<T>(Func<ITarget, Checkpoint?, Task<T>> action, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using ITarget target = createTarget();
                return await action(target, await target.OpenAsync(cancellationToken));
            }
            catch (TargetException exception) when (exception.IsTransient && time.GetElapsedTime(started) < StartTimeout)
            {
                LogFailed(exception.Message);
                await Task.Delay(FirstRetryDelay, time, cancellationToken);
            }
        }
    }

    private void CheckReach(ITarget target, Checkpoint checkpoint)
    {
        if (relay.CompleteAfter is { } completeAfter && checkpoint.CommitTs < completeAfter)
        {
            throw new DrainerException(
                $"{target.Name} is at commit TS {checkpoint.CommitTs}, but the relay log in {relay.Directory} has only what comes after commit TS {completeAfter}: what lies between is missing. "
                + "Nothing was applied. Restore the target or the relay log that belongs to it, or, if the Pumps still have that range, move the relay directory away and start again.");
        }
    }

    [LoggerMessage(EventIds.DrainerTargetOpened, LogLevel.Information, "Applying to {Target} after commit TS {CommitTs}, schema version {SchemaVersion}.")]
    private partial void LogOpened(string target, ulong commitTs, long schemaVersion);

    [LoggerMessage(EventIds.DrainerTargetFailed, LogLevel.Warning, "Applying is interrupted and tried again from the target's checkpoint: {Reason}")]
    private partial void LogFailed(string reason);
}
