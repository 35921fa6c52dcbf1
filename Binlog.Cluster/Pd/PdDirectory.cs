using Binlog.Cluster.Connecting;

namespace Binlog.Cluster.Pd;

/// <summary>
/// Knows PD's members and leader: learns them from the configured endpoints, looks again when a call failed, and every
/// <see cref="PdLimits.RefreshInterval"/>. Lookups at the same time are one. Thread-safe.
/// </summary>
internal sealed class PdDirectory : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _disposal = new();
    private readonly IReadOnlyList<string> _endpoints;
    private readonly PdMemberLookup _lookup;
    private readonly PdFailures _failures;
    private readonly TimeProvider _time;
    private volatile PdMembership? _current;
    private Task<PdMembership>? _refreshing;
    private Task? _watching;

    public PdDirectory(PdClientOptions options, ServerChannels channels, PdFailures failures)
    {
        _endpoints = options.Endpoints;
        _time = options.Time;
        _failures = failures;
        _lookup = new PdMemberLookup(channels, options.Time, options.ExpectedClusterId, failures);
    }

    /// <summary>What is known; null before PD was reached for the first time.</summary>
    public PdMembership? Current => _current;

    /// <summary>The members, looked up if they aren't known.</summary>
    /// <exception cref="ClusterException">No endpoint answers, or one is of another cluster.</exception>
    public ValueTask<PdMembership> GetAsync(CancellationToken cancellationToken) =>
        _current is { Leader: not null } current ? new ValueTask<PdMembership>(current) : new ValueTask<PdMembership>(RefreshAsync(_current, cancellationToken));

    /// <summary>Looks the members up again, unless that has happened since.</summary>
    /// <param name="failed">What the caller knew when its call to the leader failed.</param>
    /// <param name="cancellationToken">Ends the caller's waiting.</param>
    /// <exception cref="ClusterException">No endpoint answers, or all are of another cluster.</exception>
    public Task<PdMembership> RefreshAsync(PdMembership? failed, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_current is { } current && !ReferenceEquals(current, failed))
            {
                return Task.FromResult(current);
            }

            if (_refreshing is null || _refreshing.IsCompleted)
            {
                _refreshing = LookUpAsync(failed);
            }

            return _refreshing.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync().ConfigureAwait(false);
        Task?[] tasks;
        lock (_lock)
        {
            tasks = [_refreshing, _watching];
        }

        foreach (Task task in tasks.OfType<Task>())
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _disposal.Dispose();
    }

    private async Task<PdMembership> LookUpAsync(PdMembership? failed)
    {
        // Off the lock of the caller.
        await Task.Yield();
        try
        {
            PdMembership? known = _current;
            PdMembership found = known is null
                ? await _lookup.DiscoverAsync(_endpoints, _disposal.Token).ConfigureAwait(false)
                : await _lookup.LookAgainAsync(_endpoints, known, failed?.Leader, _disposal.Token).ConfigureAwait(false);
            Use(found);
            return found;
        }
        catch (ClusterException exception)
        {
            _failures.Note(exception.Message);
            throw;
        }
    }

    private void Use(PdMembership found)
    {
        lock (_lock)
        {
            _current = found;
            if (!_disposal.IsCancellationRequested)
            {
                _watching ??= WatchAsync();
            }
        }
    }

    // Learns of members that came and went while the leader stays, so that they are known when it is gone.
    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(PdLimits.RefreshInterval, _time, _disposal.Token).ConfigureAwait(false);
                try
                {
                    PdMembership known = _current!;
                    Use(await _lookup.LookAgainAsync(_endpoints, known, failed: null, _disposal.Token).ConfigureAwait(false));
                }
                catch (ClusterException exception)
                {
                    _failures.Note(exception.Message);
                }
            }
        }
        catch (OperationCanceledException) when (_disposal.IsCancellationRequested)
        {
        }
    }
}
