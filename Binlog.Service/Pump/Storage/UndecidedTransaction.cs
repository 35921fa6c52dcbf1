using Binlog.RelayLog;

namespace Binlog.Service.Pump.Storage;

/// <summary>A transaction whose prewrite is stored and whose outcome is not known.</summary>
/// <param name="StartTs">Its start TS.</param>
/// <param name="Prewrite">Where its prewrite is stored.</param>
internal sealed record UndecidedTransaction(ulong StartTs, LogPosition Prewrite);
