using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>Where the records of a transaction stand.</summary>
/// <param name="Kind">What was found: a prewrite by its start TS, a commit by its commit TS.</param>
/// <param name="StartTs">Start TS of the transaction.</param>
/// <param name="CommitTs">Its commit TS; 0 when it is not known.</param>
/// <param name="Prewrite">The prewrite's record; <c>default</c> when there is none.</param>
/// <param name="Commit">The commit's or rollback's record; <c>default</c> when there is none.</param>
internal sealed record StoredBinlog(PumpRecordKind Kind, ulong StartTs, ulong CommitTs, LogPosition Prewrite, LogPosition Commit);
