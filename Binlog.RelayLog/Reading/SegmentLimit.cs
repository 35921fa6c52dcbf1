namespace Binlog.RelayLog.Reading;

/// <summary>How far a segment can be read at this moment.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Length">Valid and flushed bytes.</param>
/// <param name="IsSealed">True when the length is final and the next segment exists.</param>
internal readonly record struct SegmentLimit(Segment Segment, long Length, bool IsSealed);
