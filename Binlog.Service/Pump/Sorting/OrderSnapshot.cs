using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>
/// What the order stood at when a removal was decided. It is stored in the log, so that a log whose beginning is gone can be
/// sorted anew: what was decided by a record that is gone is known from here.
/// </summary>
/// <param name="Limit">Everything up to this commit TS may be removed.</param>
/// <param name="MaxCommitTs">The max commit TS then.</param>
/// <param name="UpTo">End of the last record that had been sorted then.</param>
/// <param name="Undecided">The start TS of the prewrites that were undecided then.</param>
internal sealed record OrderSnapshot(ulong Limit, ulong MaxCommitTs, LogPosition UpTo, IReadOnlyList<ulong> Undecided);
