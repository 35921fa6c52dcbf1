using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Commands.Inspect;

/// <summary>What lost records of a Pump's store mean for transactions.</summary>
/// <param name="CommitsWithoutPrewrite">Commits whose prewrite isn't there, or which were repeated: at most so many wait for one.</param>
/// <param name="PrewritesWithoutOutcome">Prewrites before the last lost record that have neither commit nor rollback.</param>
/// <param name="AtMostWhole">How many transactions may be lost whole, which takes two records each; null when it isn't known how many records are lost.</param>
internal sealed record TransactionLoss(long CommitsWithoutPrewrite, long PrewritesWithoutOutcome, ulong? AtMostWhole)
{
    /// <summary>Reads the log over its damage. Memory: the undecided transactions.</summary>
    /// <param name="directory">The log's directory.</param>
    /// <param name="knownEnd">Up to where the log is known to have been flushed; null when nothing tells.</param>
    /// <param name="plan">What would be repaired.</param>
    /// <param name="progress">Told how far the reading is.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<TransactionLoss> CountAsync(string directory, KnownEnd? knownEnd, LogRepairPlan plan, ReadProgress progress, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        DamagedRange[] lost = [.. plan.Damages.Where(damage => damage.LostRecords > 0)];
        ulong first = lost.Min(damage => damage.FirstSequence);
        ulong last = lost.Max(damage => damage.FirstSequence + damage.LostRecords - 1);
        var undecided = new Dictionary<ulong, ulong>();
        long orphans = 0;
        using InspectionReader? reader = LogInspector.TryOpenReader(directory, progress, knownEnd, skipPayloads: true, cancellationToken);
        while (reader is not null && reader.TryRead(out InspectedItem item, cancellationToken))
        {
            switch (item.Kind == InspectedKind.Record ? (PumpRecordKind)item.Tag.Kind : 0)
            {
                case PumpRecordKind.Prewrite:
                    undecided.TryAdd(item.Tag.StartTs, item.Sequence);
                    break;
                case PumpRecordKind.Commit:
                    orphans += undecided.Remove(item.Tag.StartTs) || item.Sequence < first ? 0 : 1;
                    break;
                case PumpRecordKind.Rollback:
                    undecided.Remove(item.Tag.StartTs);
                    break;
            }
        }

        long open = undecided.Values.LongCount(sequence => sequence <= last);
        return new TransactionLoss(orphans, open, plan.IsMinimum ? null : plan.LostRecords / 2);
    }

    /// <summary>Lines about it.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Invariant($"commits left without their prewrite: at most {CommitsWithoutPrewrite}; the order waits at each until it is decided");
        yield return Invariant($"prewrites without an outcome before the end of the damage: {PrewritesWithoutOutcome} (lost, or still under way); the order waits at each until it is decided");
        yield return Invariant($"transactions that may be lost whole, which Drainers that have not pulled them will miss: {(AtMostWhole is { } most ? $"at most {most}" : "unknown")}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
