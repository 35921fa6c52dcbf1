using System.Runtime.InteropServices;

namespace Binlog.Service.Hosting;

/// <summary>
/// Stops the process as its user asks: the first signal cancels <see cref="Stopping"/>, a second one or the end of the
/// grace period ends the process at once. Signals arrive on any thread.
/// </summary>
internal sealed class ConsoleLifetime : IDisposable
{
    /// <summary>How long a graceful stop may take.</summary>
    public static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly TimeSpan _gracePeriod;
    private readonly TextWriter _error;
    private readonly Action<int> _exit;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _lock = new();
    private ITimer? _deadline;
    private bool _disposed;

    /// <param name="time">Measures the grace period.</param>
    /// <param name="gracePeriod">How long a graceful stop may take.</param>
    /// <param name="error">Gets the line that says what happens.</param>
    /// <param name="exit">Ends the process with an exit code.</param>
    public ConsoleLifetime(TimeProvider time, TimeSpan gracePeriod, TextWriter error, Action<int> exit) =>
        (_time, _gracePeriod, _error, _exit) = (time, gracePeriod, error, exit);

    /// <summary>Cancelled when the process is asked to stop.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>A lifetime that listens to SIGINT, SIGTERM, SIGHUP and SIGQUIT (on Windows to Ctrl+C, Ctrl+Break, close and shutdown).</summary>
    public static ConsoleLifetime Start()
    {
        var lifetime = new ConsoleLifetime(TimeProvider.System, DefaultGracePeriod, Console.Error, Environment.Exit);
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            lifetime._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                lifetime.OnSignal(context.Signal.ToString());
            }));
        }

        return lifetime;
    }

    /// <summary>What a signal does.</summary>
    public void OnSignal(string signal)
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (_deadline is not null)
            {
                _error.WriteLine($"binlogd: {signal} for the second time, ending at once.");
                _exit(ExitCode.Interrupted);
                return;
            }

            _error.WriteLine($"binlogd: {signal}, stopping; once more ends at once.");
            _deadline = _time.CreateTimer(_ => OnDeadline(), null, _gracePeriod, Timeout.InfiniteTimeSpan);

            // Callbacks run elsewhere: a slow one must not keep a second signal waiting for the lock.
            _ = _stopping.CancelAsync();
        }
    }

    public void Dispose()
    {
        // Outside the lock: unregistering waits for handlers that run.
        _registrations.ForEach(registration => registration.Dispose());
        lock (_lock)
        {
            _disposed = true;
            _deadline?.Dispose();
        }

        _stopping.Dispose();
    }

    private void OnDeadline()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _error.WriteLine($"binlogd: not stopped within {_gracePeriod.TotalSeconds} s, ending at once. Everything acknowledged is on disk.");
                _exit(ExitCode.Failed);
            }
        }
    }
}
