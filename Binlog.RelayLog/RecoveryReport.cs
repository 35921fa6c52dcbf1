namespace Binlog.RelayLog;

/// <summary>What opening a log found.</summary>
/// <param name="Segments">Number of segments kept.</param>
/// <param name="Records">Number of records kept.</param>
/// <param name="Bytes">Valid bytes in all segments, headers included.</param>
/// <param name="LastSequence">Sequence number of the last record, 0 when there has never been one.</param>
/// <param name="LastTag">Tag of the last record still kept; null when none is.</param>
/// <param name="HighestCommitTs">Highest commit TS ever appended.</param>
/// <param name="TornTail">What was cut, or null.</param>
/// <param name="LeftoversRemoved">Names of unfinished temporary files that were deleted.</param>
public sealed record RecoveryReport(
    int Segments, ulong Records, long Bytes, ulong LastSequence, RecordTag? LastTag, ulong HighestCommitTs, TornTail? TornTail,
    IReadOnlyList<string> LeftoversRemoved)
{
    /// <summary>
    /// Up to where the log had been flushed when it ends before: acknowledged records are missing, and the cause is outside the log (a damaged
    /// disk, a truncated file, an older copy). Null otherwise, and always without <see cref="SegmentedLogOptions.AcceptMissingEnd"/>.
    /// </summary>
    public KnownEnd? MissingEnd { get; init; }
}
