using Binlog.RelayLog;

namespace Binlog.Service.Pump.Storage;

/// <summary>A transaction whose outcome this Pump doesn't know.</summary>
/// <param name="StartTs">The transaction.</param>
/// <param name="Prewrite">Where its prewrite is.</param>
internal sealed record UndecidedTransaction(ulong StartTs, LogPosition Prewrite);
