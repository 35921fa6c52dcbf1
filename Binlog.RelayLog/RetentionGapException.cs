namespace Binlog.RelayLog;

/// <summary>What is asked for was removed by retention.</summary>
public sealed class RetentionGapException : RelayLogException
{
    internal RetentionGapException(string name, string wanted, LogPosition start, ulong baseCommitTs)
        : base($"The {name} no longer has {wanted}: retention removed it. The log begins at {start}; "
            + $"records with a commit TS up to {baseCommitTs} may be gone.")
    {
        Start = start;
        BaseCommitTs = baseCommitTs;
    }

    /// <summary>First position still kept.</summary>
    public LogPosition Start { get; }

    /// <summary>Records with a commit TS up to this one may be gone.</summary>
    public ulong BaseCommitTs { get; }
}
