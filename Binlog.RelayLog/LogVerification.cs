namespace Binlog.RelayLog;

/// <summary>What reading a whole log found.</summary>
/// <param name="ClusterId">The cluster that the log belongs to.</param>
/// <param name="LogId">The log's random identity.</param>
/// <param name="Segments">Each segment, oldest first.</param>
public sealed record LogVerification(ulong ClusterId, Guid LogId, IReadOnlyList<SegmentVerification> Segments)
{
    /// <summary>Of the damage, what no intact record follows: the end of the log is missing. Who can get it again may open the log as it is (<see cref="SegmentedLogOptions.AcceptMissingEnd"/>).</summary>
    public IReadOnlyList<DamagedRange> MissingEnd { get; init; } = [];

    /// <summary>True when no acknowledged record is damaged.</summary>
    public bool IsIntact => Segments.All(segment => segment.Damages.Count == 0);
}
