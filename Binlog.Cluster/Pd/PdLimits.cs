namespace Binlog.Cluster.Pd;

/// <summary>How long PD is waited for, and how much is asked of it at once.</summary>
internal static class PdLimits
{
    /// <summary>What a caller waits for an answer, all attempts together.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    /// <summary>What one member is waited for: short enough that another leader can be found and asked within <see cref="CallTimeout"/>.</summary>
    public static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    /// <summary>What a member is waited for that is only asked who the members are.</summary>
    public static readonly TimeSpan MembersTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How often the members are looked up while nothing fails.</summary>
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(30);

    /// <summary>How long a store's address is believed.</summary>
    public static readonly TimeSpan StoreLifetime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The most timestamps that PD gives out in one answer: its logical part stays below 2^18, and it counts from 1. Source: tikv/pd, the check
    /// against maxLogical in its timestamp oracle.
    /// </summary>
    public const int MaxTsoCount = (1 << 18) - 1;

    /// <summary>How many timestamps callers may have together in one request; one caller alone may have <see cref="MaxTsoCount"/>.</summary>
    public const int MaxSharedTsoCount = 10_000;

    /// <summary>How many requests for timestamps may be under way on the stream. What comes meanwhile shares the next one.</summary>
    public const int MaxTsoRequestsUnderWay = 4;

    /// <summary>How many callers may wait for timestamps; more wait for room.</summary>
    public const int MaxTsoWaiters = 16_384;

    /// <summary>The pause before the next attempt: 20 ms, then twice as long each time, up to 320 ms.</summary>
    /// <param name="failures">How many attempts have failed, from 1.</param>
    public static TimeSpan PauseAfter(int failures) => TimeSpan.FromMilliseconds(20 << Math.Clamp(failures - 1, 0, 4));
}
