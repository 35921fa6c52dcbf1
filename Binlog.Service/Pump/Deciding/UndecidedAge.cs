namespace Binlog.Service.Pump.Deciding;

/// <summary>The oldest transaction that a Pump still has to learn the outcome of. Stateless.</summary>
internal static class UndecidedAge
{
    /// <summary>Transactions of this age and younger are writers' own business.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(60);

    private const int LookedAt = 1024;

    /// <summary>The least start TS, from one on, of those that have been undecided for longer than a minute; 0 when there are none.</summary>
    public static ulong OldestOf(IUndecidedStore store, ulong from = 0)
    {
        ulong newest = store.MaxSeenTs;
        return store.ListUndecided(LookedAt)
            .Select(transaction => transaction.StartTs)
            .Where(startTs => startTs >= from && FateInquiry.AgeOf(startTs, newest) > Young)
            .DefaultIfEmpty(0UL)
            .Min();
    }
}
