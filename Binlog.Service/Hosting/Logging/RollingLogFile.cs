using System.Globalization;
using System.Text;
using Binlog.Service.Configuration;

namespace Binlog.Service.Hosting.Logging;

/// <summary>
/// A text file that is appended to. When it is full it is renamed, with the time in its name, and a new one begun; of the full ones
/// only the newest are kept. Not thread-safe.
/// </summary>
internal sealed class RollingLogFile : IDisposable
{
    /// <summary>As in the original: 300 MB.</summary>
    public const long DefaultMaxBytes = 300_000_000;

    private const string TimeFormat = "yyyyMMdd'T'HHmmss";

    private readonly string _path;
    private readonly int _keep;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private FileStream? _file;

    /// <summary>Opens or creates the file, and its directory.</summary>
    /// <param name="options">Where it is and how many full ones are kept; <see cref="LogOptions.File"/> is set.</param>
    /// <param name="maxBytes">Size from which on it is full.</param>
    /// <param name="time">Clock for the names of full files.</param>
    /// <exception cref="StartFailedException">It can't be written.</exception>
    public RollingLogFile(LogOptions options, long maxBytes, TimeProvider time)
    {
        _path = options.File!;
        _keep = options.KeepFiles;
        _maxBytes = maxBytes;
        _time = time;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            _file = Open();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"log.file is {_path}, and can't be written: {exception.Message} Name a file that this user may create and append to, or leave log.file out.", exception);
        }
    }

    /// <summary>Appends text that ends with a line break, and hands it to the operating system. A pipe is never full.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Append(string text)
    {
        _file ??= Open();
        _file.Write(Encoding.UTF8.GetBytes(text));
        if (_file.CanSeek && _file.Length >= _maxBytes)
        {
            BeginNew();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file?.Dispose();

    /// <summary>Without a buffer: what can't be written fails here, and not when the file is closed.</summary>
    private FileStream Open() => new(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private void BeginNew()
    {
        // Whatever becomes of the renaming, the next line opens what is there.
        _file?.Dispose();
        _file = null;
        File.Move(_path, NameOfFull());
        foreach (string old in FullFiles().SkipLast(_keep))
        {
            File.Delete(old);
        }
    }

    /// <summary>The log's name with the time before its extension; a number after it when there is one of that second.</summary>
    private string NameOfFull()
    {
        string stem = Path.Combine(Path.GetDirectoryName(_path)!, Path.GetFileNameWithoutExtension(_path));
        string extension = Path.GetExtension(_path);
        string time = _time.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture);
        for (int number = 0; ; number++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{stem}-{time}-{number:000}{extension}");
            if (!File.Exists(name))
            {
                return name;
            }
        }
    }

    /// <summary>Full files, oldest first: their names sort as their times do.</summary>
    private IEnumerable<string> FullFiles()
    {
        string stem = Path.GetFileNameWithoutExtension(_path);
        string extension = Path.GetExtension(_path);
        return Directory.EnumerateFiles(Path.GetDirectoryName(_path)!, $"{stem}-????????T??????-???{extension}").Order(StringComparer.Ordinal);
    }
}
