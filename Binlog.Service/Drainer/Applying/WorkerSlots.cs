using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying;

/// <summary>The slots of a pipeline that have no group: opened when they are needed first, and anew when they were idle for long.</summary>
/// <param name="target">Where workers come from.</param>
/// <param name="workers">How many groups may be under way, as it is wanted at present.</param>
/// <param name="time">Clock for idleness.</param>
/// <remarks>One caller.</remarks>
internal sealed class WorkerSlots(ITarget target, Func<int> workers, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Less than the time after which a server ends a session that nobody uses.</summary>
    public static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(5);

    /// <summary>How long a target that has refused one more session is left alone with that.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMinutes(1);

    private readonly Stack<(ApplySlot Slot, long Since)> _free = new();
    private int? _reduced;
    private long _reducedAt;

    /// <summary>How many groups may be under way at present: fewer than wanted when the target has no session for more.</summary>
    public int Allowed
    {
        get
        {
            if (_reduced is not null && time.GetElapsedTime(_reducedAt) >= RetryAfter)
            {
                _reduced = null;
            }

            return Math.Min(_reduced ?? int.MaxValue, workers());
        }
    }

    /// <summary>Takes a slot; null when the target refuses a session but has some.</summary>
    /// <param name="active">How many slots have groups.</param>
    /// <param name="cancellationToken">Ends the opening.</param>
    /// <exception cref="TargetException">The target refuses even the first session, or for good.</exception>
    public async ValueTask<ApplySlot?> TryTakeAsync(int active, CancellationToken cancellationToken)
    {
        while (_free.TryPop(out (ApplySlot Slot, long Since) free))
        {
            if (time.GetElapsedTime(free.Since) < LongestIdle)
            {
                return free.Slot;
            }

            await free.Slot.Worker.DisposeAsync();
        }

        try
        {
            return new ApplySlot(await target.OpenWorkerAsync(cancellationToken));
        }
        catch (TargetException exception) when (exception.IsTransient && active > 0)
        {
            (_reduced, _reducedAt) = (active, time.GetTimestamp());
            return null;
        }
    }

    /// <summary>Opens a first slot, so that the first group finds one.</summary>
    /// <exception cref="TargetException">The target refuses.</exception>
    public async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (_free.Count == 0 && await TryTakeAsync(0, cancellationToken) is { } slot)
        {
            await GiveAsync(slot, active: 0);
        }
    }

    /// <summary>Gives a slot back, and ends the sessions that are no longer wanted.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="active">How many slots still have groups.</param>
    public async ValueTask GiveAsync(ApplySlot slot, int active)
    {
        _free.Push((slot, time.GetTimestamp()));
        while (_free.Count > 0 && active + _free.Count > workers())
        {
            await _free.Pop().Slot.Worker.DisposeAsync();
        }
    }

    /// <summary>Tells the workers that a schema change comes.</summary>
    public void Forget()
    {
        foreach ((ApplySlot slot, _) in _free)
        {
            slot.Worker.Forget();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (_free.TryPop(out (ApplySlot Slot, long Since) free))
        {
            await free.Slot.Worker.DisposeAsync();
        }
    }
}
