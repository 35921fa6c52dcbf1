using Binlog.RelayLog;
using Binlog.Service.Hosting;

namespace Binlog.Service.Pump.Storage;

/// <summary>The Pump's log has an intact record that this program doesn't know.</summary>
internal sealed class StoreFormatException(LogPosition position, string found) : ServiceException(
    $"The Pump's log has at {position} {found}, which this version of the program doesn't know. Nothing was dropped: the Pump stops ordering here. Use the version that wrote it, or a newer one.");
