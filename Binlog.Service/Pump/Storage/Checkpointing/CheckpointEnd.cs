using Binlog.RelayLog;
using Binlog.RelayLog.Files;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>What a Pump's checkpoint knows of the end of its log: it names flushed records only, so a log that ends before it has lost some.</summary>
internal static class CheckpointEnd
{
    /// <summary>Reads it; null when there is no checkpoint, or none that can be used.</summary>
    public static KnownEnd? TryRead(ILogFileSystem fileSystem, string indexDirectory)
    {
        try
        {
            return new CheckpointFile(fileSystem, indexDirectory).TryRead(out _) is { } checkpoint
                ? new KnownEnd(checkpoint.LogId, checkpoint.End, checkpoint.Sequence + 1, $"the checkpoint {Path.Combine(indexDirectory, CheckpointFile.Name)}")
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
