using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Debugging;

/// <summary>Finds single binlogs in a Pump's store. Thread-safe.</summary>
internal interface IStoredBinlogs
{
    /// <summary>What the store has of a transaction, by its start TS or its commit TS; null when it has nothing.</summary>
    StoredBinlog? Find(ulong ts);

    /// <summary>Reads a record. Dispose the buffer.</summary>
    /// <exception cref="RelayLogException">It is damaged, or gone.</exception>
    RecordBuffer Read(LogPosition position);
}
