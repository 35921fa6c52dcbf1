using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>A log that was read through.</summary>
/// <param name="Segments">Oldest first; missing ones among them.</param>
/// <param name="Identity">Any intact header, for cluster and identity; null when no segment has one.</param>
/// <param name="Flushed">Up to where the log is known to have been flushed; null when nothing tells.</param>
internal sealed record ExaminedLog(IReadOnlyList<ExaminedSegment> Segments, SegmentHeader? Identity, KnownEnd? Flushed);
