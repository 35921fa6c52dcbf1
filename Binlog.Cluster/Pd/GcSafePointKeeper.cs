namespace Binlog.Cluster.Pd;

/// <summary>
/// Keeps TiKV from collecting what a node that lags still has to read, by a service GC safe point that moves with the node: set at once, renewed every
/// third of its time to live, given back at an orderly end that is for good. A node that dies leaves it to expire. One loop; <see cref="State"/> may be read from any thread.
/// </summary>
/// <param name="safePoints">PD.</param>
/// <param name="options">Settings.</param>
public sealed class GcSafePointKeeper(IGcSafePoints safePoints, GcSafePointKeeperOptions options)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private volatile GcSafePointState _state = new(GcSafePointKind.Idle, 0, 0, "There is no timestamp to keep yet.");
    private bool _mayBeSet;
    private bool _isNeeded;

    /// <summary>How it goes.</summary>
    public GcSafePointState State => _state;

    private TimeSpan Interval => options.TimeToLive / 3;

    // Several attempts before the safe point expires, and not a flood of them.
    private TimeSpan RetryInterval => TimeSpan.FromTicks(Math.Min(Interval.Ticks, Math.Max(Interval.Ticks / 10, TimeSpan.TicksPerSecond)));

    /// <summary>Keeps it until cancelled, then gives it back. Failures of PD are in <see cref="State"/> and don't end it.</summary>
    /// <exception cref="ArgumentException">The settings are invalid.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(options.ServiceId);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TimeToLive, TimeSpan.FromSeconds(3));
        try
        {
            while (true)
            {
                await KeepAsync(cancellationToken).ConfigureAwait(false);
                await Task.Delay(NextPause(), options.Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await GiveBackAsync().ConfigureAwait(false);
        }
    }

    // What has to be kept from now on is kept soon: garbage may be collected as early as ten minutes after it was written.
    private TimeSpan NextPause() => !_isNeeded ? TimeSpan.FromTicks(Math.Min(Interval.Ticks, LookInterval.Ticks)) : _state.Kind == GcSafePointKind.Failing ? RetryInterval : Interval;

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        ulong needed = options.Needed();
        _isNeeded = needed > 0;
        if (!_isNeeded)
        {
            return;
        }

        try
        {
            _mayBeSet = true;
            GcSafePoint answer = await safePoints.UpdateServiceGcSafePointAsync(options.ServiceId, options.TimeToLive, needed, cancellationToken).ConfigureAwait(false);
            Become(answer.Minimum > needed ? Refused(needed, answer) : Kept(needed, answer));
        }
        catch (ClusterException exception)
        {
            Become(new GcSafePointState(
                GcSafePointKind.Failing,
                needed,
                _state.Minimum,
                $"The GC safe point {options.ServiceId} can't be set to {TsoRange.Describe(needed)}: {exception.Message} Until it is, garbage may be collected that is still needed, {options.TimeToLive} after it was set last."));
        }
    }

    // The call has a timeout of its own; the caller's token is cancelled already.
    private async Task GiveBackAsync()
    {
        if (!_mayBeSet || !options.GivesBackAtEnd())
        {
            return;
        }

        try
        {
            GcSafePoint answer = await safePoints.UpdateServiceGcSafePointAsync(options.ServiceId, TimeSpan.Zero, _state.SafePoint, CancellationToken.None).ConfigureAwait(false);
            Become(new GcSafePointState(GcSafePointKind.Removed, _state.SafePoint, answer.Minimum, $"The GC safe point {options.ServiceId} was given back."));
        }
        catch (ClusterException exception)
        {
            Become(new GcSafePointState(
                GcSafePointKind.Failing,
                _state.SafePoint,
                _state.Minimum,
                $"The GC safe point {options.ServiceId} can't be given back: {exception.Message} It expires by itself within {options.TimeToLive}."));
        }
    }

    private GcSafePointState Kept(ulong needed, GcSafePoint answer) => new(
        GcSafePointKind.Kept, needed, answer.Minimum, $"The GC safe point {options.ServiceId} is at {TsoRange.Describe(needed)}.");

    private GcSafePointState Refused(ulong needed, GcSafePoint answer) => new(
        GcSafePointKind.Refused,
        needed,
        answer.Minimum,
        $"PD refuses the GC safe point {options.ServiceId} at {TsoRange.Describe(needed)}: the smallest of all is already {TsoRange.Describe(answer.Minimum)}, of {answer.ServiceId}. "
        + "TiKV may have collected what was visible at the needed timestamp, such as old schemas; reading there can fail. Raise tidb_gc_life_time before stopping a node for longer than it.");

    private void Become(GcSafePointState state)
    {
        bool isNews = state.Kind != _state.Kind;
        _state = state;
        if (isNews)
        {
            options.Changed(state);
        }
    }
}
