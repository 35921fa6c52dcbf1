namespace Binlog.Benchmarks.Schema;

/// <summary>Looks ten times a second how much memory the GC's heap has committed.</summary>
internal static class PeakMemory
{
    /// <summary>Watches until it is stopped.</summary>
    /// <returns>The most bytes that were committed.</returns>
    public static async Task<long> WatchAsync(CancellationToken stop)
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
