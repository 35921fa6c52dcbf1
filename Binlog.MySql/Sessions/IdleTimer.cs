namespace Binlog.MySql.Sessions;

/// <summary>Calls back when no command ran for a while.</summary>
internal sealed class IdleTimer : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly ITimer _timer;

    public IdleTimer(TimeProvider time, TimeSpan timeout, Action<TimeSpan> expired)
    {
        _timeout = timeout;
        _timer = time.CreateTimer(_ => expired(timeout), null, timeout, Timeout.InfiniteTimeSpan);
    }

    public void Start() => _timer.Change(_timeout, Timeout.InfiniteTimeSpan);

    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose() => _timer.Dispose();
}
