using System.Runtime.ExceptionServices;

namespace Binlog.Service.Recordings;

/// <summary>Ends what runs side by side when one of it fails, and keeps why: the others only say that they were cancelled. Thread-safe.</summary>
internal sealed class FirstFailure(CancellationTokenSource stop)
{
    private ExceptionDispatchInfo? _failure;

    /// <summary>Cancelled by the first failure.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>The first failure; null when there was none.</summary>
    public ExceptionDispatchInfo? Failure => Volatile.Read(ref _failure);

    /// <summary>Ends the others. A cancellation after the first failure is no failure of its own.</summary>
    public Task ReportAsync(Exception exception)
    {
        if (exception is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }

        return stop.CancelAsync();
    }
}
