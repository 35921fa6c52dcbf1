using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Leaving;

/// <summary>
/// What operators can do to a running Pump: pause it, let it leave the cluster, and change their mind while it is leaving.
/// Thread-safe.
/// </summary>
internal sealed partial class PumpLifecycle(NodeRegistration registration, LeavingProcedure leaving, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _leavingStop = new();
    private Task _leaving = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Completes when the Pump is to end: paused as asked, or left.</summary>
    public Task Ended => _ended.Task;

    /// <summary>What the leaving Pump waits for; null while it is not leaving.</summary>
    public LeavingProgress? Progress => leaving.Progress;

    /// <summary>The actions of <c>PUT /state</c>.</summary>
    public IReadOnlyDictionary<string, Func<bool>> Actions => new Dictionary<string, Func<bool>>
    {
        ["pause"] = TryPause,
        ["close"] = TryClose,
        ["cancel"] = TryCancel,
    };

    /// <summary>Ends an attempt to leave without its result. The Pump's state stays as it is.</summary>
    public async ValueTask DisposeAsync()
    {
        Task cancelling, running;
        lock (_lock)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            cancelling = _leavingStop.CancelAsync();
            running = _leaving;
        }

        await cancelling;
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _leavingStop.Dispose();
    }

    private bool TryPause()
    {
        bool isPausing = registration.TryChange(NodeState.Online, NodeState.Pausing);
        if (isPausing)
        {
            _ended.TrySetResult();
        }

        return isPausing;
    }

    private bool TryClose()
    {
        lock (_lock)
        {
            if (_isDisposed || !registration.TryChange(NodeState.Online, NodeState.Closing))
            {
                return false;
            }

            _leaving = LeaveAsync(_leaving, _leavingStop.Token);
            return true;
        }
    }

    private bool TryCancel()
    {
        lock (_lock)
        {
            if (_isDisposed || !registration.TryChange(NodeState.Closing, NodeState.Online))
            {
                return false;
            }

            // Callbacks run elsewhere: none of them runs inside the lock.
            _ = _leavingStop.CancelAsync();
            _leavingStop = new CancellationTokenSource();
            return true;
        }
    }

    private async Task LeaveAsync(Task earlier, CancellationToken stop)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            await leaving.RunAsync(stop);
            if (TryEnterAsLeft(stop))
            {
                // Drainers must see it before they lose this Pump, and would wait for it if they did not.
                await registration.WriteUntilTakenAsync(stop);
                _ended.TrySetResult();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            LogEnded(registration.NodeId);
        }
        catch (Exception exception)
        {
            _ended.TrySetException(exception);
        }
    }

    private bool TryEnterAsLeft(CancellationToken stop)
    {
        lock (_lock)
        {
            return !stop.IsCancellationRequested && registration.TryChange(NodeState.Closing, NodeState.Offline);
        }
    }

    [LoggerMessage(EventIds.PumpLeavingEnded, LogLevel.Information, "The Pump {NodeId} has stopped leaving before Drainers had everything; it stays a member of the cluster.")]
    private partial void LogEnded(string nodeId);
}
