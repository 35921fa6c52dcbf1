using System.Globalization;

namespace Binlog.Service.Hosting;

/// <summary>
/// Keeps other processes out of a data directory. The lock is the operating system's on the open file <c>.lock</c>, so it ends
/// with the process however that ends; the process ID in <c>.pid</c> beside it only serves the message.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private const string LockFileName = ".lock";
    private const string PidFileName = ".pid";
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private readonly FileStream _lock;

    private DataDirectoryLock(string directory, FileStream lockFile) => (Directory, _lock) = (directory, lockFile);

    /// <summary>Absolute path of the locked directory.</summary>
    public string Directory { get; }

    /// <summary>Creates the directory (mode 0750) when it doesn't exist and locks it.</summary>
    /// <exception cref="StartFailedException">Another process has it, or it can't be created or written.</exception>
    public static DataDirectoryLock Acquire(string directory)
    {
        directory = Path.GetFullPath(directory);
        FileStream? lockFile = null;
        try
        {
            Create(directory);
            lockFile = Open(directory);
            File.WriteAllText(Path.Combine(directory, PidFileName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataDirectoryLock(directory, lockFile);
        }
        catch (UnauthorizedAccessException e)
        {
            lockFile?.Dispose();
            throw new StartFailedException(
                $"The data directory {directory} can't be written by user {Environment.UserName}: {e.Message} Change its owner, or set dataDir to another directory.", e);
        }
        catch (IOException e)
        {
            lockFile?.Dispose();
            throw new StartFailedException($"The data directory {directory} can't be used: {e.Message} Set dataDir to a directory that can be created and written.", e);
        }
    }

    public void Dispose()
    {
        // The lock file stays: deleting it would let a process that has it open and one that creates it anew both hold "the" lock.
        try
        {
            File.Delete(Path.Combine(Directory, PidFileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover process ID is only ever shown when the lock itself is held.
        }
        finally
        {
            _lock.Dispose();
        }
    }

    private static void Create(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.Directory.CreateDirectory(directory);
        }
        else
        {
            System.IO.Directory.CreateDirectory(directory, DirectoryMode);
        }
    }

    private static FileStream Open(string directory)
    {
        var path = Path.Combine(directory, LockFileName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeldElsewhere(e))
        {
            var holder = ReadPid(directory) is { } pid ? $"Another process (pid {pid})" : "Another process";
            throw new StartFailedException($"{holder} uses the data directory {directory}. Stop it, or set dataDir to another directory.", e);
        }
    }

    /// <summary>ERROR_SHARING_VIOLATION on Windows; EWOULDBLOCK of Linux and of macOS elsewhere.</summary>
    private static bool IsHeldElsewhere(IOException e) =>
        OperatingSystem.IsWindows() ? (e.HResult & 0xFFFF) == 32 : e.HResult is 11 or 35;

    private static string? ReadPid(string directory)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(directory, PidFileName)).Trim();
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
