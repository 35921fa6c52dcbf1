namespace Binlog.RelayLog;

/// <summary>Another process (or another instance in this one) has the log open.</summary>
public sealed class LogLockedException : RelayLogException
{
    internal LogLockedException(string name, string directory, string? owner, Exception? innerException)
        : base($"The {name} in {directory} is in use by another process{(owner is null ? "" : $" ({owner})")}. "
            + "Stop that process, or configure another directory.", innerException) => Directory = directory;

    /// <summary>The log's directory.</summary>
    public string Directory { get; }
}
