namespace Binlog.RelayLog;

/// <summary>A log can't be repaired, or not further. What was there is still there.</summary>
public sealed class LogRepairException : RelayLogException
{
    internal LogRepairException(string file, string reason, Exception? innerException = null)
        : base($"{file} can't be repaired: {reason}", innerException) => File = file;

    /// <summary>Full path of the file or directory.</summary>
    public string File { get; }
}
