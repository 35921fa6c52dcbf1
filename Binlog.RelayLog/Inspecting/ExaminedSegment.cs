using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>A segment that was read through.</summary>
/// <param name="Probe">What directory and header show.</param>
/// <param name="Limit">Bytes that belong to the segment as far as is known, whether the file has them or not.</param>
/// <param name="EndSequence">First sequence number of what follows the segment; 0 when unknown.</param>
/// <param name="Scan">What it holds; empty when the file is missing or nobody knows which log it is of.</param>
internal sealed record ExaminedSegment(SegmentProbe Probe, long Limit, ulong EndSequence, SegmentScan Scan)
{
    /// <summary>The header as it is, or as it was before a bit of it flipped.</summary>
    public SegmentHeader? Header => Probe.Header ?? Probe.RescuedHeader;
}
