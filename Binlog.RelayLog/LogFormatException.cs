namespace Binlog.RelayLog;

/// <summary>A file is intact but not for this log: its format is newer, or it belongs to another cluster or another log.</summary>
public sealed class LogFormatException : RelayLogException
{
    internal LogFormatException(string file, string message)
        : base($"{file}: {message}") => File = file;

    /// <summary>Full path of the file.</summary>
    public string File { get; }
}
