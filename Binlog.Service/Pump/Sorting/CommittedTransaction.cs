using Binlog.RelayLog;

namespace Binlog.Service.Pump.Sorting;

/// <summary>A transaction whose prewrite and commit are both stored.</summary>
internal readonly record struct CommittedTransaction(ulong CommitTs, ulong StartTs, LogPosition Prewrite, LogPosition Commit);
