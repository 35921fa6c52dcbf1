using Binlog.Service.Hosting;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>The index, which is a cache of the log, can't be used. Nothing is lost: the next start makes it anew.</summary>
internal sealed class IndexDamagedException(string path, string found, Exception? cause = null) : ServiceException(
    $"The Pump's index is damaged: {path} has {found}. The index is only a cache of the Pump's log, so nothing is lost. Start the Pump again: it makes the index anew from its log. "
    + "If this comes back, check the disk.",
    cause)
{
    /// <summary>What is wrong, in short.</summary>
    public string Found => $"{path} has {found}";
}
