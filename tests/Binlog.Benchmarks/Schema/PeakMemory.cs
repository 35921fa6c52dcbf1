namespace Binlog.Benchmarks.Schema;

/// <summary>Looks ten times a second how much memory the GC's heap has committed.</summary>
internal sealed class PeakMemory
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<long> _watching;

    public PeakMemory() => _watching = WatchAsync(_stop.Token);

    /// <summary>The most bytes that were committed.</summary>
    public async Task<long> StopAsync()
    {
        await _stop.CancelAsync();
        return await _watching;
    }

    private static async Task<long> WatchAsync(CancellationToken stop)
    {
        long most = 0;
        while (!stop.IsCancellationRequested)
        {
            most = Math.Max(most, GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(100, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return most;
    }
}
