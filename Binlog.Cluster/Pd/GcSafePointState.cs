namespace Binlog.Cluster.Pd;

/// <summary>How keeping a GC safe point goes.</summary>
/// <param name="Kind">In a word.</param>
/// <param name="SafePoint">The TSO that was asked for last; 0 when nothing was.</param>
/// <param name="Minimum">The smallest safe point of all services as PD said last, a TSO; 0 when PD said nothing.</param>
/// <param name="Message">For operators; says what to do.</param>
public sealed record GcSafePointState(GcSafePointKind Kind, ulong SafePoint, ulong Minimum, string Message);
