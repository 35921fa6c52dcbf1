using Binlog.Cluster.Pd;

namespace Binlog.Service.Pump.Deciding;

/// <summary>
/// Keeps TiKV from collecting the records of transactions that a Pump still has to learn the outcome of, by one service GC safe point in PD: at the oldest of
/// them. Thread-safe.
/// </summary>
/// <param name="safePoints">PD.</param>
/// <param name="serviceId">The Pump's name in PD.</param>
/// <param name="oldest">The least start TS, from a given one on, that is undecided; 0 when there is none. Questions at the same time get the same, so that none raises it above another's.</param>
/// <param name="collectedUpTo">Up to which TSO garbage has been collected, or may be at any moment.</param>
internal sealed class KeptVersions(IGcSafePoints safePoints, Func<string> serviceId, Func<ulong, ulong> oldest, Func<CancellationToken, Task<ulong>> collectedUpTo)
{
    /// <summary>How long versions are kept after a Pump died.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromHours(1);

    /// <summary>Whether everything that was written since a transaction's start is there, and stays there for the next hour.</summary>
    /// <exception cref="Cluster.ClusterException">PD can't be asked.</exception>
    public async Task<bool> KeepAsync(ulong startTs, CancellationToken cancellationToken)
    {
        GcSafePoint answer = await KeepAsync(0, startTs, cancellationToken);
        if (answer.Minimum > LeastFrom(0, startTs) && answer.Minimum <= startTs)
        {
            // What the oldest ones need may be gone; the others' can still be kept.
            answer = await KeepAsync(answer.Minimum, startTs, cancellationToken);
        }

        // Where no service ever had a safe point, PD answers 0 although garbage may have been collected.
        return answer.Minimum <= startTs && await collectedUpTo(cancellationToken) <= startTs;
    }

    private Task<GcSafePoint> KeepAsync(ulong from, ulong startTs, CancellationToken cancellationToken) =>
        safePoints.UpdateServiceGcSafePointAsync(serviceId(), TimeToLive, LeastFrom(from, startTs), cancellationToken);

    private ulong LeastFrom(ulong from, ulong startTs) => oldest(from) is var other and > 0 ? Math.Min(other, startTs) : startTs;
}
