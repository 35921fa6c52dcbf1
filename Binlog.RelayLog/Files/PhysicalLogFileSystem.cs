using System.Globalization;

namespace Binlog.RelayLog.Files;

/// <summary>The operating system's file system.</summary>
internal sealed class PhysicalLogFileSystem : ILogFileSystem
{
    private const FileShare Shared = FileShare.ReadWrite | FileShare.Delete;

    public static PhysicalLogFileSystem Instance { get; } = new();

    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(path);
        if (!string.IsNullOrEmpty(parent))
        {
            CreateDirectory(parent);
        }

        Directory.CreateDirectory(path);
        if (!string.IsNullOrEmpty(parent))
        {
            FlushDirectory(parent);
        }
    }

    public IReadOnlyList<string> ListFiles(string directory) =>
        [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))];

    public ILogFile Create(string path) => Open(path, FileMode.Create, FileAccess.ReadWrite);

    public ILogFile OpenRead(string path) => Open(path, FileMode.Open, FileAccess.Read);

    public ILogFile OpenWrite(string path) => Open(path, FileMode.Open, FileAccess.ReadWrite);

    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    /// <remarks>On Windows there is nothing to call: NTFS journals its metadata, and a file flush also flushes the journal up to the file's creation and rename.</remarks>
    public void FlushDirectory(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            NativeFile.FlushDirectory(path);
        }
    }

    /// <remarks>FileShare.None is flock(LOCK_EX) on Unix and a sharing mode on Windows: both end with the process, however it ends.</remarks>
    public IDisposable Lock(string path)
    {
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            File.WriteAllText(OwnerFile(path), string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The owner's name is an aid for a message; a full disk must not keep the log from opening.
        }

        return handle;
    }

    public string? DescribeLockOwner(string path)
    {
        try
        {
            string text = File.ReadAllText(OwnerFile(path));
            return text.Length is > 0 and < 64 ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A file of its own, because nobody else can open the locked one.</summary>
    private static string OwnerFile(string path) => path + ".owner";

    private static PhysicalLogFile Open(string path, FileMode mode, FileAccess access) =>
        new(File.OpenHandle(path, mode, access, Shared, FileOptions.None), path);
}
