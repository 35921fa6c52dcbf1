namespace Binlog.RelayLog;

/// <summary>A segment of a log at one moment.</summary>
/// <param name="Number">Segment number.</param>
/// <param name="Path">Full path of the file.</param>
/// <param name="Bytes">Valid bytes, header included; of the last segment: the flushed ones.</param>
/// <param name="IsSealed">True when nothing will be appended to it any more.</param>
/// <param name="BaseCommitTs">Highest commit TS appended to the log before this segment's first record.</param>
/// <param name="FirstSequence">Sequence number of the segment's first record.</param>
/// <param name="CreatedUtc">When the segment was created, UTC, in milliseconds.</param>
public sealed record SegmentInfo(
    ulong Number, string Path, long Bytes, bool IsSealed, ulong BaseCommitTs, ulong FirstSequence, DateTimeOffset CreatedUtc)
{
    /// <summary>Number of gaps that repairs left in it.</summary>
    public int Gaps { get; init; }

    /// <summary>Records that those gaps had, at least.</summary>
    public ulong LostRecords { get; init; }
}
