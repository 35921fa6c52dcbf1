using Binlog.Service.Configuration;
using Binlog.TiDB;

namespace Binlog.Service.Pump.Retention;

/// <summary>Decides up to which commit TS a Pump's binlogs go. Pure: the same facts give the same plan.</summary>
/// <remarks>
/// What always holds: nothing at or above the max commit TS goes, nothing goes while the Drainers' positions are unknown, and under
/// <see cref="NeededBinlogs.Keep"/> nothing above the smallest position. A Drainer below the oldest commit TS counts too: one that is
/// starting has not said its position yet. Source of age and limit: tidb-binlog pump/storage/storage.go, which does not look at Drainers.
/// </remarks>
internal static class RetentionPlanner
{
    public static RetentionPlan Plan(RetentionFacts facts, RetentionOptions options)
    {
        (ulong wanted, RetentionReason reason) = FindWanted(facts, options.Age);
        if (wanted <= facts.OldestCommitTs)
        {
            return new RetentionPlan();
        }

        var plan = new RetentionPlan { WantedCommitTs = wanted, Reason = reason, IsBlind = facts.Drainers is null };
        if (facts.Drainers is null)
        {
            return plan;
        }

        DrainerPosition[] behind = [.. facts.Drainers.Where(drainer => drainer.CommitTs < wanted).OrderBy(drainer => drainer.CommitTs)];
        ulong limit = options.Drainers == NeededBinlogs.Keep && behind.Length > 0 ? behind[0].CommitTs : wanted;
        return plan with { Behind = behind, RemoveUpTo = limit > facts.OldestCommitTs ? limit : null };
    }

    private static (ulong CommitTs, RetentionReason Reason) FindWanted(RetentionFacts facts, TimeSpan age)
    {
        if (facts.MaxCommitTs == 0)
        {
            return (0, RetentionReason.None);
        }

        ulong byAge = FindAgeLimit(facts, age);
        ulong bySize = facts.SizeCommitTs ?? 0;
        ulong wanted = Math.Min(Math.Max(byAge, bySize), facts.MaxCommitTs - 1);
        return (wanted, bySize > byAge ? RetentionReason.Size : RetentionReason.Age);
    }

    /// <summary>
    /// The cluster's time is the newest commit TS. This machine's clock can only make binlogs younger: neither a clock that is set
    /// forward nor one wrong commit TS far in the future removes anything by itself.
    /// </summary>
    private static ulong FindAgeLimit(RetentionFacts facts, TimeSpan age)
    {
        long now = Math.Min(new Tso(facts.MaxCommitTs).PhysicalMilliseconds, facts.Now.ToUnixTimeMilliseconds());
        long limit = now - (long)Math.Ceiling(age.TotalMilliseconds);
        return limit <= 0 ? 0 : Tso.FromParts(limit).Value;
    }
}
