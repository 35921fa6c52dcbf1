using Binlog.RelayLog.Files;

namespace Binlog.RelayLog;

/// <summary>Settings of a log. Bad values are refused on construction.</summary>
public sealed record SegmentedLogOptions
{
    private const int DefaultRecordBytes = 1 << 30;
    private const long SmallestSegmentBytes = 4096;
    private const int SmallestTailBytes = 4 << 20;

    /// <summary>Required. The directory of the log's files; created when absent. One log per directory.</summary>
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
    public string Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    } = "log";

    /// <summary>Size at which a new segment is begun; at least 4096. Default 64 MiB. May differ from one opening to the next.</summary>
    /// <remarks>An append (record or batch) that is larger gets a segment of its own.</remarks>
    public long SegmentSizeBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, SmallestSegmentBytes);
            field = value;
        }
    } = 64L << 20;

    /// <summary>
    /// Largest payload of one record, 1 to 2,147,483,647. Default 1 GiB. Checked on append, and on reading before memory is taken. One of more than
    /// <see cref="Array.MaxLength"/> less a header can be read in pieces only.
    /// </summary>
    public int MaxRecordBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = DefaultRecordBytes;

    /// <summary>
    /// Space that the newest segment's file has in reserve, in steps of this many bytes: a flush that makes no file longer costs about a third less. Default
    /// 1 MiB; 0 reserves none. A file system without such a call, or without room, goes without.
    /// </summary>
    public int ReserveBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    } = 1 << 20;

    /// <summary>Bytes that may be queued or in flight before further appenders wait. Default 64 MiB. A larger append is taken when nothing else is pending.</summary>
    public long MaxPendingBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 64L << 20;

    /// <summary>The newest bytes of the log that are kept in memory for <see cref="RecordWindow"/>; 0 (default) keeps none, otherwise at least 4 MiB.</summary>
    public int TailBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfLessThan(value == 0 ? SmallestTailBytes : value, SmallestTailBytes, nameof(value));
            field = value;
        }
    }

    /// <summary>Memory for reading ahead, shared by all windows (<see cref="RecordWindow"/>). Default 16 MiB.</summary>
    public long ReadAheadBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 16L << 20;

    /// <summary>Segment files that stay open for positioned reads; at least 1. Default 128.</summary>
    public int MaxOpenSegments
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 128;
    /// <summary>
    /// Lets readers pass the gaps that repairs left (<see cref="SegmentInfo.Gaps"/>). Default false: a reader stops at one with
    /// <see cref="LogGapException"/>. Whoever sets it reports the gaps itself.
    /// </summary>
    public bool PassGaps { get; init; }

    /// <summary>Up to where the caller knows that the log had been flushed, if that may be further than its last clean close. Default: it doesn't know.</summary>
    public KnownEnd? KnownEnd { get; init; }

    /// <summary>
    /// Opens a log that ends before what is known to have been flushed: acknowledged records are gone. Default false: such a log is refused with
    /// <see cref="CorruptLogException"/> and not changed. Whoever sets it can get the records again, and reports
    /// <see cref="RecoveryReport.MissingEnd"/>.
    /// </summary>
    public bool AcceptMissingEnd { get; init; }

    /// <summary>Stored in every segment; a log of another cluster is refused. Default 0.</summary>
    public ulong ClusterId { get; init; }

    /// <summary>Where the files are. Default: the operating system's file system.</summary>
    public ILogFileSystem FileSystem { get; init; } = PhysicalLogFileSystem.Instance;

    /// <summary>Is told how long writing takes. Default: nobody, which costs nothing.</summary>
    public ILogObserver? Observer { get; init; }

    /// <summary>The clock for segment creation times, retention by age, and what the observer is told.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
