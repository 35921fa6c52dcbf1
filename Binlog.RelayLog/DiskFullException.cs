namespace Binlog.RelayLog;

/// <summary>The disk (or a quota) is full: the append wasn't taken. The log works again as soon as there is space.</summary>
/// <remarks>The appended records aren't in the log, unless the process ends before a later append succeeds: then recovery may find them whole.</remarks>
public sealed class DiskFullException : RelayLogException
{
    internal DiskFullException(string name, string directory, Exception innerException)
        : base($"The disk is full: the {name} in {directory} can't take an append ({innerException.Message}). "
            + "Acknowledged records are safe. Free some space; no restart is needed.", innerException) => Directory = directory;

    /// <summary>The log's directory.</summary>
    public string Directory { get; }

    public override bool IsTransient => true;
}
