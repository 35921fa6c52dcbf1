namespace Binlog.RelayLog.Tests.Support;

/// <summary>Holds up every flush of a file until the test lets it go, so that what happens meanwhile is certain.</summary>
internal sealed class FlushGate : IDisposable
{
    private readonly SemaphoreSlim _entered = new(0);
    private readonly SemaphoreSlim _released = new(0);
    private volatile bool _open;

    /// <summary>Attaches to <paramref name="files"/>; from now on flushes wait.</summary>
    public FlushGate(MemoryFileSystem files) => files.BeforeFlush = Wait;

    /// <summary>Returns when a flush has begun.</summary>
    public Task WaitForFlushAsync() => WaitForAsync(_entered);

    /// <summary>Lets one flush finish.</summary>
    public void Release() => _released.Release();

    /// <summary>Lets this and all later flushes pass.</summary>
    public void Open()
    {
        _open = true;
        _released.Release();
    }

    public void Dispose()
    {
        _entered.Dispose();
        _released.Dispose();
    }

    private static async Task WaitForAsync(SemaphoreSlim semaphore) =>
        Assert.True(await semaphore.WaitAsync(TimeSpan.FromSeconds(30)), "no flush began within 30 s");

    private void Wait()
    {
        if (!_open)
        {
            _entered.Release();
            _released.Wait();
        }
    }
}
