namespace Binlog.Cluster.Pd;

/// <summary>A caller that waits for timestamps.</summary>
/// <param name="count">How many it wants.</param>
internal sealed class TsoWaiter(int count)
{
    private readonly TaskCompletionSource<ulong> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many timestamps it wants.</summary>
    public int Count => count;

    /// <summary>The last of its timestamps.</summary>
    public Task<ulong> Task => _source.Task;

    /// <summary>Whether it no longer waits.</summary>
    public bool IsDone => _source.Task.IsCompleted;

    /// <summary>Gives it its timestamps.</summary>
    public void Complete(ulong last) => _source.TrySetResult(last);

    /// <summary>Ends its waiting with an error.</summary>
    public void Fail(Exception exception)
    {
        if (_source.TrySetException(exception))
        {
            // It may have given up meanwhile, so that nobody looks at it.
            _ = _source.Task.Exception;
        }
    }

    /// <summary>It gave up: nothing is asked for it any more.</summary>
    public void GiveUp() => _source.TrySetCanceled();
}
