using Binlog.RelayLog.Files;
using Binlog.Service.Hosting;

namespace Binlog.Service.Pump.Registration;

/// <summary>
/// The file <c>.unannounced</c> of a data directory: from before a new Pump is entered as online until every living Drainer knows it. The
/// registry can't tell that: a Pump that is killed in between is online there.
/// </summary>
internal sealed class AnnouncementMarker(string dataDirectory, ILogFileSystem fileSystem)
{
    private const string FileName = ".unannounced";

    private readonly string _path = Path.Combine(dataDirectory, FileName);

    /// <summary>Whether a start was cut off before every Drainer knew the Pump.</summary>
    public bool IsSet => File.Exists(_path);

    /// <summary>Sets it, durably.</summary>
    /// <exception cref="StartFailedException">The file can't be written.</exception>
    public void Set() => Change("written", () =>
    {
        using (var file = new FileStream(_path, FileMode.Create, FileAccess.Write))
        {
            file.Flush(flushToDisk: true);
        }

        fileSystem.FlushDirectory(dataDirectory);
    });

    /// <summary>Removes it. One that is there again after a crash costs a notification too many.</summary>
    /// <exception cref="StartFailedException">The file can't be removed.</exception>
    public void Clear() => Change("removed", () => File.Delete(_path));

    private void Change(string what, Action change)
    {
        try
        {
            change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException(
                $"The file {_path}, which says that Drainers don't know this Pump yet, can't be {what}: {exception.Message} Check the directory's owner and the disk's space.", exception);
        }
    }
}
