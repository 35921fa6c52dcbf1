namespace Binlog.RelayLog;

/// <summary>A segment as its own header and that of its follower show it; nothing else of it was read unless it is the last.</summary>
/// <param name="Segment">The segment; of one whose header is damaged or whose file is missing only number, path and bytes are known.</param>
/// <param name="LastSequence">Sequence number of its last record; null when unknown.</param>
/// <param name="HighestCommitTs">Highest commit TS appended up to its end; null when unknown.</param>
/// <param name="Records">Number of its records, without those that repairs took out; null when unknown.</param>
/// <param name="Problem">What is wrong with file or header, or with the records of the last segment; null when nothing is.</param>
public sealed record SegmentOutline(
    SegmentInfo Segment, ulong? LastSequence, ulong? HighestCommitTs, ulong? Records, CorruptLogException? Problem);
