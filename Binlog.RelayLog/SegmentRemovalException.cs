namespace Binlog.RelayLog;

/// <summary>Retention couldn't remove a segment's file. Repeating the pass is safe.</summary>
public sealed class SegmentRemovalException : RelayLogException
{
    internal SegmentRemovalException(string file, Exception innerException)
        : base($"Removing the old log segment {file} failed: {innerException.Message} Retention can be repeated.", innerException) => File = file;

    /// <summary>Full path of the file.</summary>
    public string File { get; }

    public override bool IsTransient => true;
}
