namespace Binlog.RelayLog;

/// <summary>A log as its segments' headers show it.</summary>
/// <param name="ClusterId">The cluster that it belongs to; 0 when no header can be read.</param>
/// <param name="LogId">Its random identity.</param>
/// <param name="Segments">Oldest first; damaged and missing ones among them.</param>
public sealed record LogOutline(ulong ClusterId, Guid LogId, IReadOnlyList<SegmentOutline> Segments);
