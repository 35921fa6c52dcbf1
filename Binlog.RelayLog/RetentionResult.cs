namespace Binlog.RelayLog;

/// <summary>What a retention pass removed.</summary>
/// <param name="SegmentsRemoved">Number of segments removed.</param>
/// <param name="BytesRemoved">Valid bytes in them.</param>
/// <param name="Start">First position still kept.</param>
public sealed record RetentionResult(int SegmentsRemoved, long BytesRemoved, LogPosition Start);
