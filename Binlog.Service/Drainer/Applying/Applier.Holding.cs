using System.Globalization;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Applying.SchemaChanges;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying;

/// <content>A schema change that the target refused.</content>
internal sealed partial class Applier
{
    private static readonly TimeSpan KeepAliveInterval = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Lays a refused schema change down and returns when somebody has chosen. The target is opened again meanwhile, so that no other Drainer takes it;
    /// the session that was refused is over.
    /// </summary>
    private async Task HoldAsync(SchemaChangeRefusedException refusal, CancellationToken cancellationToken)
    {
        SchemaChangeUnderWay change = refusal.Change;
        progress.Desk.Hold(new HeldSchemaChange(change, refusal.Reason, time.GetUtcNow()));
        Task chosen = progress.Desk.Chosen;
        string held = Describe(refusal);
        progress.Failure = held;
        LogHeld(held);
        TimeSpan delay = FirstRetryDelay;
        while (!chosen.IsCompleted)
        {
            Task paused = progress.Pause.Next;
            progress.Pause.NoteStill();
            bool isOpen = await KeepOpenAsync(held, cancellationToken);
            delay = isOpen ? KeepAliveInterval : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LastRetryDelay.Ticks));
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(chosen, paused, Task.Delay(delay, time, ending.Token));
            await ending.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }

        progress.Failure = null;
        LogChosen(change.CommitTs, change.JobId, progress.Desk.IsSkipped(change.CommitTs) ? "to skip it" : "to try it again");
    }

    private static string Describe(SchemaChangeRefusedException refusal) => string.Create(
        CultureInfo.InvariantCulture,
        $"The target refuses the schema change of commit TS {refusal.Change.CommitTs} (job {refusal.Change.JobId}, {refusal.Change.Type}), and nothing behind it is applied until somebody chooses: "
        + $"retry, once what stands in its way is gone, or skip, once the change is made by hand (Resolve-BinlogDdl, binlogctl ddl). {refusal.Reason}");

    /// <summary>Opens the target, or shows one that is open that its session lives.</summary>
    /// <returns>Whether it is open.</returns>
    private async Task<bool> KeepOpenAsync(string held, CancellationToken cancellationToken)
    {
        try
        {
            if (_opened is { } opened)
            {
                await opened.Target.KeepAliveAsync(cancellationToken);
            }
            else
            {
                _opened = await OpenAsync(cancellationToken);
                progress.Failure = held;
            }

            return true;
        }
        catch (TargetException exception) when (exception.IsTransient && !cancellationToken.IsCancellationRequested)
        {
            await CloseAsync();
            progress.Failure = $"{held} Meanwhile the target is away: {exception.Message}";
            return false;
        }
    }

    [LoggerMessage(EventIds.DrainerSchemaChangeHeld, LogLevel.Error, "{Reason}")]
    private partial void LogHeld(string reason);

    [LoggerMessage(EventIds.DrainerSchemaChangeChosen, LogLevel.Information, "An operator chose for the schema change of commit TS {CommitTs} (job {JobId}) {Choice}.")]
    private partial void LogChosen(ulong commitTs, long jobId, string choice);
}
