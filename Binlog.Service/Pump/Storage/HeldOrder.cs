using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>What the order waits for.</summary>
/// <param name="StartTs">The transaction.</param>
/// <param name="CommitTs">Its commit TS; 0 for a prewrite without outcome.</param>
/// <param name="Kind">A prewrite without outcome, or a commit without its prewrite.</param>
/// <param name="Position">Where that binlog is.</param>
/// <param name="Since">Since when this process has seen it at the head of the order.</param>
internal sealed record HeldOrder(ulong StartTs, ulong CommitTs, PumpRecordKind Kind, LogPosition Position, DateTimeOffset Since)
{
    /// <summary>What is missing, for people.</summary>
    public string Missing => Kind == PumpRecordKind.Prewrite
        ? $"the outcome of the transaction of start TS {StartTs}"
        : $"the prewrite of the transaction of start TS {StartTs}, committed at {CommitTs}";
}
