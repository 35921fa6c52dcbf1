using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>A log that was read through.</summary>
/// <param name="Segments">Oldest first; missing ones among them.</param>
/// <param name="Identity">Any intact header, for cluster and identity; null when no segment has one.</param>
/// <param name="CleanCloseEnd">Up to where a clean close had flushed the last segment; 0 when unknown.</param>
internal sealed record ExaminedLog(IReadOnlyList<ExaminedSegment> Segments, SegmentHeader? Identity, long CleanCloseEnd);
