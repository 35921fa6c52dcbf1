namespace Binlog.RelayLog;

/// <summary>What a repair would do, or has done.</summary>
/// <param name="Damages">The damage that it takes out, by place.</param>
/// <param name="Segments">Numbers of the segments that are written anew.</param>
/// <param name="UnfinishedBytes">Bytes at the end of the last segment that were never acknowledged; cut by the repair, or else by the next opening.</param>
public sealed record LogRepairPlan(IReadOnlyList<DamagedRange> Damages, IReadOnlyList<ulong> Segments, long UnfinishedBytes)
{
    /// <summary>What is missing at the log's end and isn't counted as lost, because whoever opens the log gets it again (<see cref="LogRepairOptions.AcceptMissingEnd"/>).</summary>
    public IReadOnlyList<DamagedRange> MissingEnd { get; init; } = [];

    /// <summary>Records that are lost, at least.</summary>
    public ulong LostRecords => Damages.Aggregate(0UL, (sum, damage) => sum + damage.LostRecords);

    /// <summary>More records may be lost than <see cref="LostRecords"/>.</summary>
    public bool IsMinimum => Damages.Any(damage => damage.IsMinimum);
}
