using Binlog.RelayLog.Files;

namespace Binlog.RelayLog;

/// <summary>What to repair, and what the caller knows of the log.</summary>
public sealed record LogRepairOptions
{
    /// <summary>Required. The log's directory.</summary>
    public required string Directory
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = Path.GetFullPath(value);
        }
    }

    /// <summary>What the log is, for messages. Default "log".</summary>
    public string Name { get; init; } = "log";

    /// <summary>Only the segments that lost this record; null is all of them.</summary>
    public ulong? Sequence { get; init; }

    /// <summary>Up to where the caller knows that the log had been flushed, if that may be further than its last clean close. Default: it doesn't know.</summary>
    public KnownEnd? KnownEnd { get; init; }

    /// <summary>True when a record's commit TS is never below that of an earlier record: then what follows a gap bounds what is lost in it.</summary>
    public bool CommitTsAscends { get; init; }

    /// <summary>
    /// For a log that is opened with <see cref="SegmentedLogOptions.AcceptMissingEnd"/>: a missing end leaves no gap, which a reader would stop at for ever. The
    /// log ends behind its last intact record, as after such an opening. Default false.
    /// </summary>
    public bool AcceptMissingEnd { get; init; }

    /// <summary>Where the files are. Default: the operating system's file system.</summary>
    public ILogFileSystem FileSystem { get; init; } = PhysicalLogFileSystem.Instance;

    /// <summary>The clock for the repair's record. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
