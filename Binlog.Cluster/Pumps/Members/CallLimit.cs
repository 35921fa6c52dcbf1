namespace Binlog.Cluster.Pumps.Members;

/// <summary>
/// Time limit of calls. All that begin within a short while share one timer, since a timer for each, and the header that tells the server of it, cost a sixth of a
/// call: a limit is up to a 32nd longer than asked for. Thread-safe.
/// </summary>
internal sealed class CallLimit(TimeSpan limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _share = limit / 32;
    private Shared? _current;

    /// <summary>How long a call may take.</summary>
    public TimeSpan Limit => limit;

    /// <summary>A token that is cancelled when a call that begins now has reached its limit.</summary>
    public CancellationToken Begin()
    {
        Shared? current = Volatile.Read(ref _current);
        return current is not null && time.GetElapsedTime(current.Since) < _share ? current.Token : Renew();
    }

    private CancellationToken Renew()
    {
        lock (_lock)
        {
            if (_current is null || time.GetElapsedTime(_current.Since) >= _share)
            {
                // Never disposed: it ends with its timer, which goes off after the last call that has it.
                _current = new Shared(time.GetTimestamp(), new CancellationTokenSource(limit + _share, time).Token);
            }

            return _current.Token;
        }
    }

    private sealed record Shared(long Since, CancellationToken Token);
}
