using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Debugging;

/// <summary>Finds single binlogs in a Pump's store. Thread-safe.</summary>
internal interface IStoredBinlogs
{
    /// <summary>The prewrite of a start TS, or the commit of a commit TS; null when the store has neither.</summary>
    StoredBinlog? Find(ulong ts);

    /// <summary>Reads a record. Dispose the buffer.</summary>
    /// <exception cref="RelayLogException">It is damaged, or gone.</exception>
    RecordBuffer Read(LogPosition position);
}
