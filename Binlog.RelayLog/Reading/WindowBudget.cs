namespace Binlog.RelayLog.Reading;

/// <summary>Shares memory for reading ahead among the windows that are open. Thread-safe.</summary>
/// <param name="totalBytes">For all windows together, as long as there are not so many that each gets the minimum.</param>
internal sealed class WindowBudget(long totalBytes)
{
    private const int LargestWindow = 256 * 1024;
    private const int SmallestWindow = 8 * 1024;

    private int _windows;

    /// <summary>What one window may take now, in bytes.</summary>
    public int WindowBytes => (int)Math.Clamp(totalBytes / Math.Max(1, Volatile.Read(ref _windows)), SmallestWindow, LargestWindow) & ~4095;

    public void Enter() => Interlocked.Increment(ref _windows);

    public void Leave() => Interlocked.Decrement(ref _windows);
}
