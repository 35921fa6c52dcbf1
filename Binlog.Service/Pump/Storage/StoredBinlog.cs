using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>What the store has of a transaction.</summary>
/// <param name="Kind">Prewrite: undecided. Commit: committed. Rollback: rolled back.</param>
/// <param name="StartTs">The transaction.</param>
/// <param name="CommitTs">Its commit TS, 0 unless committed.</param>
/// <param name="Prewrite">Where its prewrite is; <c>default</c> when it is not known.</param>
/// <param name="Commit">Where its commit is; <c>default</c> when there is none.</param>
internal sealed record StoredBinlog(PumpRecordKind Kind, ulong StartTs, ulong CommitTs, LogPosition Prewrite, LogPosition Commit);
