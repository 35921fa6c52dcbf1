using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Reading;

/// <summary>The index names a record as part of a transaction, and the log has another one there.</summary>
internal sealed class IndexMismatchException(CommittedTransaction transaction, PumpRecordKind kind, LogPosition position, RecordTag found) : ServiceException(
    $"The index says that the {kind} of the transaction of start TS {transaction.StartTs} and commit TS {transaction.CommitTs} is at {position}, but the record there is a {(PumpRecordKind)found.Kind} of start TS {found.StartTs} and commit TS {found.CommitTs}. "
    + "Nothing was sent for it. The log itself is intact: stop the Pump, remove its index, and start it again; it is made anew from the log.")
{
    /// <summary>Checks what was read against what was looked for.</summary>
    public static void ThrowIfNot(in CommittedTransaction transaction, PumpRecordKind kind, LogPosition position, RecordTag found)
    {
        ulong commitTs = kind == PumpRecordKind.Commit ? transaction.CommitTs : 0;
        if (found.Kind != (ushort)kind || found.StartTs != transaction.StartTs || found.CommitTs != commitTs)
        {
            throw new IndexMismatchException(transaction, kind, position, found);
        }
    }
}
