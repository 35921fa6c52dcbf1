using Binlog.RelayLog;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Outside;
using Binlog.Service.Drainer.Applying.SchemaChanges;
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
internal sealed partial class Applier(Func<ITarget> createTarget, Relay relay, ISchemaHistory history, ApplyLimits limits, ApplyProgress progress, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastRetryDelay = TimeSpan.FromSeconds(5);

    private (ITarget Target, Checkpoint? Checkpoint)? _opened;

    /// <summary>The limits, which may change while this runs.</summary>
    public ApplyTuning Tuning { get; } = new(limits);

    /// <summary>Whether the first opening is tried without limit: so for a standby, which has nothing else to do.</summary>
    public bool IsPatient { get; init; }

    /// <summary>Whether a schema change that the target refuses waits for somebody's choice (<see cref="ApplyProgress.Desk"/>). Otherwise it ends the Drainer.</summary>
    public bool HoldsRefusedSchemaChanges { get; init; }

    /// <summary>
    /// Opens the target for the first time and returns its checkpoint; null when it has none. Waits 30 s for one that can't be
    /// reached yet. It stays open for <see cref="RunAsync(CancellationToken)"/>, so that nobody else takes it in between.
    /// </summary>
    /// <exception cref="TargetException">The target refuses, or can't be reached in time.</exception>
    public Task<Checkpoint?> ReadCheckpointAsync(CancellationToken cancellationToken) =>
        StartAsync((_, checkpoint) => Task.FromResult(checkpoint), cancellationToken);

    /// <summary>Notes in the target where replication begins, and returns what stands there then. Waits as <see cref="ReadCheckpointAsync"/> does.</summary>
    /// <exception cref="TargetException">The target refuses, or can't be reached in time.</exception>
    /// <param name="first">The beginning.</param>
    /// <param name="anyUpTo">Up to which commit TS another program may have gone beyond it; 0 when none has.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<Checkpoint> WriteFirstCheckpointAsync(Checkpoint first, ulong anyUpTo, CancellationToken cancellationToken) => StartAsync(
        async (target, checkpoint) =>
        {
            if (checkpoint is null)
            {
                await target.BeginAsync(first, anyUpTo, cancellationToken);
                _opened = (target, first);
            }

            return checkpoint ?? first;
        },
        cancellationToken);

    /// <summary>The checkpoint of TiDB Binlog's Drainer that this one can go on from; null when there is none.</summary>
    /// <exception cref="TargetException">It can't be looked for, or not be read.</exception>
    public Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken) => StartAsync((target, _) => target.FindOriginalAsync(cancellationToken), cancellationToken);

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
                (ITarget opened, Checkpoint? held) = _opened ?? await OpenAsync(cancellationToken);
                _opened = null;
                await using ITarget target = opened;
                Checkpoint checkpoint = held
                    ?? throw new DrainerException($"{target.Name} has lost its checkpoint while the Drainer was running. Nothing more is applied. If the target was emptied on purpose, empty the Drainer's data directory too, and start again.");
                CheckReach(target, checkpoint);
                LogOpened(target.Name, checkpoint.CommitTs, checkpoint.SchemaVersion, WayOf(target));
                progress.Add(checkpoint.CommitTs, 0, 0, 0, time.GetUtcNow());
                SchemaTracker tracker = await SchemaTracker.ReplayAsync(history, checkpoint.SchemaVersion, cancellationToken);
                await run(new ApplySession(target, checkpoint, new TransactionTranslator(tracker, history), relay, Tuning, progress, time, logger), cancellationToken);
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
            catch (SchemaChangeRefusedException refusal) when (HoldsRefusedSchemaChanges && patience == Timeout.InfiniteTimeSpan)
            {
                await HoldAsync(refusal, cancellationToken);
                continue;
            }

            delay = progress.CommitTs > before ? FirstRetryDelay : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LastRetryDelay.Ticks));
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>Closes a target that was opened and never used.</summary>
    public ValueTask DisposeAsync() => CloseAsync();

    private async Task<T> StartAsync<T>(Func<ITarget, Checkpoint?, Task<T>> action, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan delay = FirstRetryDelay;
        while (true)
        {
            try
            {
                (ITarget target, Checkpoint? checkpoint) = _opened ??= await OpenAsync(cancellationToken);
                return await action(target, checkpoint);
            }
            catch (TargetException exception) when (exception.IsTransient && (IsPatient || time.GetElapsedTime(started) < StartTimeout))
            {
                await CloseAsync();
                progress.Failure = exception.Message;
                LogFailed(exception.Message);
            }

            await Task.Delay(delay, time, cancellationToken);
            delay = IsPatient ? TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LastRetryDelay.Ticks)) : delay;
        }
    }

    private async Task<(ITarget Target, Checkpoint? Checkpoint)> OpenAsync(CancellationToken cancellationToken)
    {
        ITarget target = createTarget();
        try
        {
            return (target, await target.OpenAsync(cancellationToken));
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    private async ValueTask CloseAsync()
    {
        if (_opened is { } opened)
        {
            _opened = null;
            await opened.Target.DisposeAsync();
        }
    }

    private string WayOf(ITarget target)
    {
        string consistency = limits.Consistency == ApplyConsistency.Transactional ? "transactional" : target.TakesParts ? "eventual" : "transactional, because this target has one writer";
        return limits.SafeMode ? $"{consistency}. Safe mode is on: rows that are there already or missing are not noticed" : consistency;
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

    [LoggerMessage(EventIds.DrainerTargetOpened, LogLevel.Information, "Applying to {Target} after commit TS {CommitTs}, schema version {SchemaVersion}. Consistency: {Way}.")]
    private partial void LogOpened(string target, ulong commitTs, long schemaVersion, string way);

    [LoggerMessage(EventIds.DrainerTargetFailed, LogLevel.Warning, "Applying is interrupted and tried again from the target's checkpoint: {Reason}")]
    private partial void LogFailed(string reason);
}
