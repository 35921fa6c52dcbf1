namespace Binlog.RelayLog;

/// <summary>The operating system failed to read or list the log's files. The log itself isn't known to be damaged.</summary>
public sealed class LogReadException : RelayLogException
{
    internal LogReadException(string file, long offset, Exception innerException)
        : base($"Reading {file} at byte {offset} failed: {innerException.Message}", innerException)
    {
        File = file;
        Offset = offset;
    }

    /// <summary>Full path of the file.</summary>
    public string File { get; }

    /// <summary>Byte offset in the file.</summary>
    public long Offset { get; }

    public override bool IsTransient => true;
}
