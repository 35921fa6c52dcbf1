using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>What the Pump's order waits for at its head.</summary>
/// <param name="StartTs">Start TS of the transaction that is waited for.</param>
/// <param name="CommitTs">Its commit TS when its prewrite is missing; 0 when its outcome is.</param>
/// <param name="Kind">What there is of it: a prewrite without an outcome, or a commit without its prewrite.</param>
/// <param name="Position">Where that is stored.</param>
/// <param name="Since">Since when the order waits for it; not before this process opened the store.</param>
internal sealed record HeldOrder(ulong StartTs, ulong CommitTs, PumpRecordKind Kind, LogPosition Position, DateTimeOffset Since);
