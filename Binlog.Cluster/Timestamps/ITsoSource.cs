namespace Binlog.Cluster.Timestamps;

/// <summary>The cluster's timestamp oracle. Timestamps are TSOs: physical milliseconds &lt;&lt; 18 | logical. Thread-safe.</summary>
public interface ITsoSource
{
    /// <summary>Takes <paramref name="count"/> consecutive fresh timestamps (1 to 262,143, the most that PD gives) and returns the last of them.</summary>
    /// <exception cref="ClusterException">The source can't be reached.</exception>
    ValueTask<ulong> NextAsync(int count, CancellationToken cancellationToken);

    /// <summary>
    /// Reports the greatest timestamp that the caller has seen, and returns a timestamp that no commit TS taken from now on
    /// is below: what a fake binlog carries.
    /// </summary>
    /// <exception cref="ClusterException">The source can't be reached.</exception>
    ValueTask<ulong> ObserveAsync(ulong seen, CancellationToken cancellationToken);
}
