namespace Binlog.RelayLog;

/// <summary>A repair that was made of a log, as the file <c>repairs.jsonl</c> beside the segments keeps it.</summary>
/// <param name="At">When.</param>
/// <param name="By">User and host.</param>
/// <param name="Quarantine">Name of the folder with what was there before.</param>
/// <param name="Damages">What was taken out; the file paths are names relative to the log's directory.</param>
public sealed record RepairRecord(DateTimeOffset At, string By, string Quarantine, IReadOnlyList<DamagedRange> Damages)
{
    /// <summary>Records that were lost, at least.</summary>
    public ulong LostRecords => Damages.Aggregate(0UL, (sum, damage) => sum + damage.LostRecords);
}
