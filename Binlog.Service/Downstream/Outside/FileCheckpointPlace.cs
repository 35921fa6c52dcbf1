using System.Text;
using Binlog.RelayLog.Files;
using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Downstream.Outside;

/// <summary>A checkpoint in a file: written beside it, flushed, renamed, and the directory flushed, so that a crash leaves the old one or the new one.</summary>
internal sealed class FileCheckpointPlace(string path, ulong clusterId, ILogFileSystem files) : ICheckpointPlace
{
    /// <summary>Name of the file in a data directory.</summary>
    public const string DefaultName = "checkpoint";

    private const int LongestFile = 16 << 20;

    private readonly string _directory = Path.GetDirectoryName(path)!;
    private IDisposable? _lock;

    /// <inheritdoc/>
    public string Name => $"The checkpoint's file {path}";

    /// <inheritdoc/>
    public Task<OutsideCheckpoint?> PeekAsync(CancellationToken cancellationToken) => Task.FromResult(TryDo("read", () => ReadFile() is { } bytes && !IsOriginal(bytes) ? Parse(bytes) : null));

    /// <inheritdoc/>
    public Task<OutsideCheckpoint?> TakeAsync(TargetClaim claim, CancellationToken cancellationToken) => Task.FromResult(TryDo("taken", () =>
    {
        files.CreateDirectory(_directory);
        _lock ??= files.Lock($"{path}.lock");
        if (ReadFile() is not { } bytes || IsOriginal(bytes))
        {
            claim.Took(null);
            return null;
        }

        OutsideCheckpoint found = Parse(bytes);
        claim.ExpectNotFenced(Name, found.Epoch, found.Holder, found.Checkpoint.CommitTs);
        OutsideCheckpoint taken = found with { Epoch = found.Epoch + 1, Holder = claim.Holder };
        Replace(taken);
        claim.Took(taken.Epoch);
        return taken;
    }));

    /// <inheritdoc/>
    public Task WriteAsync(OutsideCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        TryDo("written", () =>
        {
            KeepOriginal();
            Replace(checkpoint);
            return true;
        });
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken) => Task.FromResult(TryDo(
        "read", () => ReadFile() is { } bytes && IsOriginal(bytes) ? OriginalCheckpoint.OfToml(Encoding.UTF8.GetString(bytes), path) : null));

    /// <inheritdoc/>
    public string SkipAdvice(Checkpoint to) => FormattableString.Invariant(
        $"with the Drainer stopped, set commitTs to {to.CommitTs} and schemaVersion to {to.SchemaVersion} in {path}, remove its ddl, and write by-hand in place of the checksum");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        _lock = null;
        return default;
    }

    private static bool IsOriginal(byte[] bytes) => bytes.Length > 0 && !CheckpointFileCodec.Recognises(bytes) && (bytes.AsSpan().IndexOf("commitTS"u8) is >= 0 and < 4096);

    private OutsideCheckpoint Parse(byte[] bytes)
    {
        OutsideCheckpoint found = CheckpointFileCodec.Read(bytes, Name);
        return found.ClusterId == clusterId
            ? found
            : throw new TargetException(FormattableString.Invariant($"{Name} belongs to cluster {found.ClusterId}; cluster.id is {clusterId}. Correct cluster.id, or name another drainer.checkpoint.file."), isTransient: false);
    }

    private byte[]? ReadFile()
    {
        using ILogFile? file = TryOpen();
        if (file is null)
        {
            return null;
        }

        if (file.Length > LongestFile)
        {
            throw new TargetException(FormattableString.Invariant($"{Name} has {file.Length} bytes, expected at most {LongestFile}: it is no checkpoint. Name another file in drainer.checkpoint.file."), isTransient: false);
        }

        byte[] bytes = new byte[file.Length];
        int length = 0;
        while (length < bytes.Length && file.Read(bytes.AsSpan(length), length) is var read and > 0)
        {
            length += read;
        }

        return bytes[..length];
    }

    private ILogFile? TryOpen()
    {
        try
        {
            return files.OpenRead(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The way back to TiDB Binlog stays open: its file is kept beside ours.</summary>
    private void KeepOriginal()
    {
        if (ReadFile() is { } bytes && IsOriginal(bytes))
        {
            Replace($"{path}.original", bytes);
        }
    }

    private void Replace(OutsideCheckpoint checkpoint) => Replace(path, CheckpointFileCodec.Write(checkpoint));

    private void Replace(string target, byte[] bytes)
    {
        string temporary = $"{target}.new";
        using (ILogFile file = files.Create(temporary))
        {
            file.Write(bytes, 0);
            file.Flush();
        }

        files.Rename(temporary, target);
        files.FlushDirectory(_directory);
    }

    private T TryDo<T>(string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TargetException(
                $"{Name} can't be {what}: {exception.Message} Check the directory's owner and the disk's space, and that no other Drainer uses it; it is tried again.", isTransient: true, exception);
        }
    }
}
