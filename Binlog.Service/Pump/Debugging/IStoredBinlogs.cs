using Binlog.RelayLog;
using Binlog.Service.Pump.Storage;

namespace Binlog.Service.Pump.Debugging;

/// <summary>Finds single binlogs in a Pump's store. Thread-safe.</summary>
internal interface IStoredBinlogs
{
    /// <summary>What the store has of a transaction, by its start TS or its commit TS; null when it has nothing.</summary>
    StoredBinlog? Find(ulong ts);

    /// <summary>Finds a record, to be read in pieces.</summary>
    /// <exception cref="RelayLogException">Its header is damaged, or it is gone.</exception>
    LargeRecord Open(LogPosition position);
}
