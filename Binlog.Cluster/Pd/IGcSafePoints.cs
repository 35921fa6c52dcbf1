namespace Binlog.Cluster.Pd;

/// <summary>Keeps TiKV from collecting what a service still reads: PD's service GC safe points. Thread-safe.</summary>
public interface IGcSafePoints
{
    /// <summary>Sets a service's safe point.</summary>
    /// <param name="serviceId">The service; not empty.</param>
    /// <param name="timeToLive">How long it holds without being renewed; whole seconds, rounded up. Zero removes it.</param>
    /// <param name="safePoint">A TSO: what was visible at it or later stays readable.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The smallest safe point of all. When it is above <paramref name="safePoint"/>, PD changed nothing: what is asked for may be gone.</returns>
    /// <exception cref="ClusterException">PD can't be reached or refuses.</exception>
    Task<GcSafePoint> UpdateServiceGcSafePointAsync(string serviceId, TimeSpan timeToLive, ulong safePoint, CancellationToken cancellationToken);
}
