using Binlog.RelayLog;

namespace Binlog.Service.Drainer.Applying;

/// <content>Times in which there is nothing to apply, or nothing is to be applied.</content>
internal sealed partial class ApplySession
{
    /// <summary>
    /// Waits for a record, but not beyond the time at which a point in time that was read is due, because it may be the last one for long; nor
    /// when a group fails or a pause begins.
    /// </summary>
    private async Task<bool> WaitForMoreAsync(LogReader reader, CancellationToken cancellationToken)
    {
        Task paused = _progress.Pause.Next;
        if (_progress.Pause.IsWished)
        {
            return true;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task due = _filling.IsEmpty || _doubt.Lacks(_filling) ? Task.WhenAny(Pipeline.Failure, paused) : Task.WhenAny(Pipeline.Failure, paused, Task.Delay(UntilDue(), _time, ending.Token));
        Task<bool> more = reader.WaitForMoreAsync(ending.Token).AsTask();
        if (await Task.WhenAny(more, due) == more)
        {
            await ending.CancelAsync();
            return await more;
        }

        await ending.CancelAsync();
        await ((Task)more).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (Pipeline.Failure.IsCompleted)
        {
            await Pipeline.Failure;
        }

        return true;
    }

    /// <summary>The target's own session may have nothing to do for days, and is not to lose its lock for that. Workers' are replaced when they were idle.</summary>
    private async ValueTask KeepAliveAsync(CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(_keptAliveAt) >= KeepAliveInterval)
        {
            _keptAliveAt = _time.GetTimestamp();
            await _target.KeepAliveAsync(cancellationToken);
        }
    }

    /// <summary>As long as an operator wants a pause: lets what is under way become durable, and keeps the target's session.</summary>
    private async ValueTask HoldWhilePausedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = _progress.Pause.Next;
            if (!_progress.Pause.IsWished)
            {
                return;
            }

            await Pipeline.DrainAsync();
            _progress.Pause.NoteStill();
            await KeepAliveAsync(cancellationToken);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, Task.Delay(KeepAliveInterval, _time, ending.Token));
            await ending.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private TimeSpan UntilDue()
    {
        TimeSpan left = WatermarkInterval - _time.GetElapsedTime(_checkpointedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
