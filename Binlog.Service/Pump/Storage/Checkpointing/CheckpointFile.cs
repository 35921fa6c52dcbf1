using Binlog.RelayLog.Files;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>The checkpoint on disk. Written under a temporary name, flushed, then renamed: the last whole one stays. Thread-safe.</summary>
internal sealed class CheckpointFile(ILogFileSystem fileSystem, string directory)
{
    public const string Name = "checkpoint";
    private const string TemporaryName = Name + ".tmp";

    private readonly Lock _gate = new();
    private bool _isForbidden;

    private string Path => System.IO.Path.Combine(directory, Name);

    /// <summary>Reads it.</summary>
    /// <param name="problem">Why there is none that can be used; null when there simply is none.</param>
    public StoreCheckpoint? TryRead(out string? problem)
    {
        problem = null;
        if (!fileSystem.ListFiles(directory).Contains(Name))
        {
            return null;
        }

        try
        {
            using ILogFile file = fileSystem.OpenRead(Path);
            byte[] bytes = new byte[file.Length];
            int count = 0;
            int read;
            while (count < bytes.Length && (read = file.Read(bytes.AsSpan(count), count)) > 0)
            {
                count += read;
            }

            return CheckpointCodec.TryRead(bytes[..count], out problem);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"the checkpoint can't be read: {exception.Message}";
            return null;
        }
    }

    /// <summary>Replaces it; durable on return. Does nothing after <see cref="Forbid"/>.</summary>
    /// <exception cref="IOException">It could not be written; the one before is still there.</exception>
    public void Write(StoreCheckpoint checkpoint)
    {
        lock (_gate)
        {
            if (_isForbidden)
            {
                return;
            }

            string temporary = System.IO.Path.Combine(directory, TemporaryName);
            using (ILogFile file = fileSystem.Create(temporary))
            {
                file.Write(CheckpointCodec.Write(checkpoint), 0);
                file.Flush();
            }

            fileSystem.Rename(temporary, Path);
            fileSystem.FlushDirectory(directory);
        }
    }

    /// <summary>Deletes it and lets no other be written: the next start makes the index anew.</summary>
    public void Forbid()
    {
        lock (_gate)
        {
            _isForbidden = true;
            Delete();
        }
    }

    /// <summary>Deletes it, durably.</summary>
    public void Delete()
    {
        foreach (string name in fileSystem.ListFiles(directory).Where(name => name is Name or TemporaryName).ToArray())
        {
            fileSystem.Delete(System.IO.Path.Combine(directory, name));
        }

        fileSystem.FlushDirectory(directory);
    }
}
