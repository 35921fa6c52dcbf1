using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>A prewrite whose outcome is not known yet.</summary>
/// <param name="StartTs">The transaction.</param>
/// <param name="Position">Where the prewrite is.</param>
/// <param name="CommitTsAfter">The greatest commit TS that arrived after it and before the next undecided prewrite; 0 when none did.</param>
internal readonly record struct UndecidedPrewrite(ulong StartTs, LogPosition Position, ulong CommitTsAfter);
