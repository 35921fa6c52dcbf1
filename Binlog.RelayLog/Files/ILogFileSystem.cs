namespace Binlog.RelayLog.Files;

/// <summary>The file operations that a log needs: the seam for fault injection. Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
public interface ILogFileSystem
{
    /// <summary>Creates a directory and its parents, durably.</summary>
    void CreateDirectory(string path);

    /// <summary>Names (without directory) of the files in a directory, in no particular order.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Creates a file for reading and writing; an existing one is replaced by an empty one.</summary>
    ILogFile Create(string path);

    /// <summary>Opens an existing file for reading, while others may write, rename or delete it.</summary>
    ILogFile OpenRead(string path);

    /// <summary>Opens an existing file for reading and writing.</summary>
    ILogFile OpenWrite(string path);

    /// <summary>Renames a file, replacing the target atomically.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file.</summary>
    void Delete(string path);

    /// <summary>Returns when the directory's entries (creations, renames, deletions) are on stable storage.</summary>
    void FlushDirectory(string path);

    /// <summary>Takes the exclusive lock that the file stands for, held until disposal (or the process's end). Throws <see cref="IOException"/> when another holds it.</summary>
    IDisposable Lock(string path);

    /// <summary>Who holds the lock, for a message; null when unknown.</summary>
    string? DescribeLockOwner(string path);
}
