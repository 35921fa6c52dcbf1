using Binlog.Service.Hosting;

namespace Binlog.Service.Pump.Storage.Indexing;

/// <summary>The operating system failed to read the index, which isn't known to be damaged: the same call may succeed later.</summary>
internal sealed class IndexReadException(string path, Exception cause) : ServiceException(
    $"The Pump's index can't be read at present: {path}: {cause.Message} Nothing is lost; try again. If this comes back, check the disk and the limit of open files.", cause)
{
    /// <summary>What is wrong, in short.</summary>
    public string Found => $"{path} can't be read: {InnerException!.Message}";
}
