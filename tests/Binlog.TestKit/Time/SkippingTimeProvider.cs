namespace Binlog.TestKit.Time;

/// <summary>
/// A clock that stands still until somebody waits for a short time: then it moves on by that time at once. Longer timers
/// (deadlines) go off when the clock has got there. Thread-safe.
/// </summary>
/// <param name="longestSkipped">The longest wait that is skipped.</param>
public sealed class SkippingTimeProvider(TimeSpan longestSkipped) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SkippingTimer> _timers = [];
    private DateTimeOffset _now = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private int _skips;

    /// <summary>How many waits were skipped.</summary>
    public int Skips => Volatile.Read(ref _skips);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <summary>Moves the clock on.</summary>
    public void Advance(TimeSpan time)
    {
        lock (_lock)
        {
            _now += time;
            FireDue();
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SkippingTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Schedule(SkippingTimer timer, TimeSpan dueTime)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            timer.Due = _now + dueTime;
            _timers.Add(timer);
            if (dueTime <= longestSkipped)
            {
                _skips++;
                _now = timer.Due;
            }

            FireDue();
        }
    }

    private void FireDue()
    {
        foreach (SkippingTimer timer in _timers.FindAll(timer => timer.Due <= _now))
        {
            _timers.Remove(timer);
            ThreadPool.QueueUserWorkItem(_ => timer.Fire());
        }
    }

    private void Remove(SkippingTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class SkippingTimer(SkippingTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Schedule(this, dueTime);
            return true;
        }

        public void Dispose() => owner.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
