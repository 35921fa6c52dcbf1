namespace Binlog.RelayLog;

/// <summary>
/// A write or flush failed, so the log takes no more appends until it is opened again. Records acknowledged before are safe. Whether
/// the append that got this exception is kept is known only after reopening: look at the log's end.
/// </summary>
public sealed class LogFaultedException : RelayLogException
{
    internal LogFaultedException(string name, string directory, Exception innerException)
        : base($"The {name} in {directory} stopped because a file operation failed: {innerException.Message} "
            + "Acknowledged records are safe. Check the disk, then restart.", innerException) => Directory = directory;

    /// <summary>The log's directory.</summary>
    public string Directory { get; }
}
