using Binlog.Service.Configuration;
using Binlog.TiDB;

namespace Binlog.Service.Pump.Retention;

/// <summary>Works out what each Drainer holds back.</summary>
internal static class DrainerLags
{
    /// <summary>Of a store's bytes: the store has to look into its index for every step nearer.</summary>
    private const int PrecisionShare = 256;

    private const long FinestPrecision = 1 << 20;

    /// <summary>How much of the limits is left when a Drainer counts as endangered: an eighth.</summary>
    private const int MarginShare = 8;

    /// <summary>Looks at all Drainers, the furthest behind first.</summary>
    public static IReadOnlyList<DrainerLag> Measure(IRetainedStore store, RetentionOptions options, IReadOnlyList<DrainerPosition> drainers, DateTimeOffset now)
    {
        ulong wanted = Wanted(store, options, now);
        ulong soon = options.Drainers == NeededBinlogs.Delete ? Wanted(store, Tightened(options), now) : 0;
        ulong max = store.MaxCommitTs;
        ulong oldest = store.OldestCommitTs;
        long? unwantedBytes = null;
        var lags = new List<DrainerLag>();
        foreach (DrainerPosition drainer in drainers.OrderBy(drainer => drainer.CommitTs))
        {
            long heldBack = 0;
            if (drainer.CommitTs < wanted)
            {
                unwantedBytes ??= FindBytesAbove(store, wanted);
                heldBack = Math.Max(0, FindBytesAbove(store, Math.Max(oldest, drainer.CommitTs)) - unwantedBytes.Value);
            }

            lags.Add(new DrainerLag(drainer, LagOf(drainer, max), heldBack, drainer.CommitTs > 0 && drainer.CommitTs < oldest, drainer.CommitTs < soon));
        }

        return lags;
    }

    /// <summary>About how many bytes the store has above a commit TS, give or take a 256th of it or 1 MiB.</summary>
    public static long FindBytesAbove(IRetainedStore store, ulong commitTs)
    {
        long low = 0;
        long high = store.Bytes;
        long precision = Math.Max(FinestPrecision, high / PrecisionShare);
        while (high - low > precision)
        {
            long middle = low + ((high - low) / 2);
            if (store.FindCommitTsForBytes(middle) > commitTs)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return high;
    }

    private static ulong Wanted(IRetainedStore store, RetentionOptions options, DateTimeOffset now) =>
        RetentionPlanner.Plan(RetentionFacts.Read(store, options, [], now), options).WantedCommitTs;

    private static RetentionOptions Tightened(RetentionOptions options) =>
        options with { Age = options.Age - (options.Age / MarginShare), SizeBytes = options.SizeBytes - (options.SizeBytes / MarginShare) };

    private static TimeSpan? LagOf(DrainerPosition drainer, ulong max) => drainer.CommitTs == 0
        ? null
        : TimeSpan.FromMilliseconds(Math.Max(0, new Tso(max).PhysicalMilliseconds - new Tso(drainer.CommitTs).PhysicalMilliseconds));
}
