namespace Binlog.RelayLog;

/// <summary>What reading a whole log found.</summary>
/// <param name="ClusterId">The cluster that the log belongs to.</param>
/// <param name="LogId">The log's random identity.</param>
/// <param name="Segments">Each segment, oldest first.</param>
public sealed record LogVerification(ulong ClusterId, Guid LogId, IReadOnlyList<SegmentVerification> Segments)
{
    /// <summary>True when no acknowledged record is damaged.</summary>
    public bool IsIntact => Segments.All(segment => segment.Damages.Count == 0);
}
