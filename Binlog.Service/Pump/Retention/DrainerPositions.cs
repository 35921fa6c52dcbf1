namespace Binlog.Service.Pump.Retention;

/// <summary>What the registry said about the Drainers.</summary>
/// <param name="LastKnown">The Drainers that need binlogs, as last heard of.</param>
/// <param name="Failure">Why the registry did not answer the last time; null when it did.</param>
internal sealed record DrainerPositions(IReadOnlyList<DrainerPosition> LastKnown, string? Failure)
{
    /// <summary>What a removal may rely on; null when the registry did not answer.</summary>
    public IReadOnlyList<DrainerPosition>? Known => Failure is null ? LastKnown : null;
}
