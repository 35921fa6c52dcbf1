namespace Binlog.ClusterKit.Pd;

/// <summary>A gate that requests of a double wait at while it is closed. Thread-safe.</summary>
internal sealed class PdHold
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _closed;
    private int _waiting;

    /// <summary>How many requests wait at it.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Closes it.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Opens it: what waits goes on.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _closed?.SetResult();
            _closed = null;
        }
    }

    /// <summary>Waits while it is closed.</summary>
    public async Task PassAsync(CancellationToken cancellationToken)
    {
        Task closed;
        lock (_lock)
        {
            closed = _closed?.Task ?? Task.CompletedTask;
        }

        Interlocked.Increment(ref _waiting);
        try
        {
            await closed.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
