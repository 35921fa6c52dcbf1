namespace Binlog.Service.Signals;

/// <summary>Wakes everyone who waits for a value to change. A waiter takes the task first, then looks, then awaits. Thread-safe.</summary>
internal sealed class AdvanceSignal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the first <see cref="Pulse"/> after the property was read.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes those who wait.</summary>
    public void Pulse() => Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
