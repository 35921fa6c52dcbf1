namespace Binlog.MySql.Transport;

/// <summary>Calls back when the server has been silent for too long while somebody waits for it.</summary>
/// <remarks>Waiting costs no timer call: the timer, once started, looks at the time of the last progress and goes back to sleep.
/// Safe for one reader and one writer at once.</remarks>
internal sealed class Watchdog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Func<TimeSpan, bool> _expired;
    private readonly ITimer _timer;
    private TimeSpan _timeout;
    private long _lastProgress;
    private int _waiting;
    private bool _scheduled;

    /// <param name="time">Clock.</param>
    /// <param name="timeout">Silence allowed.</param>
    /// <param name="expired">Called when it is over; returns false to grant the same time again.</param>
    public Watchdog(TimeProvider time, TimeSpan timeout, Func<TimeSpan, bool> expired)
    {
        _time = time;
        _timeout = timeout;
        _expired = expired;
        _timer = time.CreateTimer(static state => ((Watchdog)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Somebody begins to wait; that bytes moved before counts as progress for everybody who waits.</summary>
    public void BeginWait()
    {
        lock (_lock)
        {
            _waiting++;
            _lastProgress = _time.GetTimestamp();
            if (!_scheduled && _timeout != Timeout.InfiniteTimeSpan)
            {
                _scheduled = true;
                _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void EndWait()
    {
        lock (_lock)
        {
            _waiting--;
        }
    }

    /// <summary>From now on the server gets this long, counted from now.</summary>
    public void SetTimeout(TimeSpan timeout)
    {
        lock (_lock)
        {
            _timeout = timeout;
            _lastProgress = _time.GetTimestamp();
            _scheduled = timeout != Timeout.InfiniteTimeSpan;
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        TimeSpan timeout;
        lock (_lock)
        {
            _scheduled = false;
            timeout = _timeout;
            if (_waiting == 0 || timeout == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            var left = timeout - _time.GetElapsedTime(_lastProgress);
            if (left > TimeSpan.Zero)
            {
                _scheduled = true;
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        if (!_expired(timeout))
        {
            SetTimeout(timeout);
        }
    }
}
