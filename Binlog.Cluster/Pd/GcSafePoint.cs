namespace Binlog.Cluster.Pd;

/// <summary>What PD answers to a service that keeps a GC safe point.</summary>
/// <param name="Minimum">The smallest safe point of all services, a TSO: garbage is collected up to there at most.</param>
/// <param name="ServiceId">The service that holds it.</param>
public readonly record struct GcSafePoint(ulong Minimum, string ServiceId);
