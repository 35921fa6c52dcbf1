using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>Keeps <see cref="PumpMembers"/> as the source says, in the background. What fails is begun anew after a pause, as TiDB's Pump Client does.</summary>
internal sealed class PumpDiscovery : IAsyncDisposable
{
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private readonly PumpSource _source;
    private readonly PumpMembers _members;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private string _problem = "";

    public PumpDiscovery(PumpSource source, PumpMembers members, TimeProvider time)
    {
        (_source, _members, _time) = (source, members, time);
        _running = RunAsync(_closing.Token);
    }

    /// <summary>Why the list of Pumps may be old; empty when nothing is wrong.</summary>
    public string Problem => Volatile.Read(ref _problem);

    /// <summary>Returns when a Pump is online.</summary>
    /// <exception cref="ClusterException">None is within the time limit.</exception>
    public async Task WaitForPumpAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        while (true)
        {
            Task changed = _members.Changed;
            if (_members.Online.Any(node => node.AddressProblem.Length == 0))
            {
                return;
            }

            TimeSpan left = limit - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || !await IsSoonAsync(changed, left, cancellationToken).ConfigureAwait(false))
            {
                throw new ClusterException($"No Pump is online: {Found()} Start a Pump of this cluster, or look at its state with its /status.", isTransient: true);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    private async Task<bool> IsSoonAsync(Task changed, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private string Found()
    {
        IReadOnlyList<PumpView> pumps = _members.View();
        string list = pumps.Count == 0
            ? $"{_source.Description} lists none."
            : $"{_source.Description} lists {string.Join(", ", pumps.Select(pump => $"{pump.NodeId} at {pump.Address} ({pump.State.ToName()}{(pump.Problem.Length > 0 ? $"; {pump.Problem}" : "")})"))}.";
        return Problem.Length == 0 ? list : $"{list} {Problem}";
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (IReadOnlyList<NodeStatus> pumps in _source.Watch.WatchAsync(NodeRole.Pump, cancellationToken).ConfigureAwait(false))
                {
                    _members.Apply(pumps);
                    Volatile.Write(ref _problem, "");
                }

                Volatile.Write(ref _problem, $"Watching {_source.Description} ended; it is begun again.");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The loop's root: whatever an implementation of the watch throws, the Pumps that are known remain.
                Volatile.Write(ref _problem, $"Watching {_source.Description} failed: {exception.Message}");
            }

            await Task.Delay(RestartPause, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
