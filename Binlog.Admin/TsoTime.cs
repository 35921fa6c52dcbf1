using System;

namespace Binlog.Admin;

/// <summary>
/// The time in a TSO: the upper 46 bits are milliseconds since 1970 in UTC, the lower 18 a counter. Source: PD's timestamp oracle, as in TiDB's
/// <c>TIDB_PARSE_TSO</c>.
/// </summary>
public static class TsoTime
{
    /// <summary>How many bits the counter has.</summary>
    public const int CounterBits = 18;

    private const ulong CounterMask = (1UL << CounterBits) - 1;
    private static readonly DateTime Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Milliseconds that <see cref="DateTime"/> can hold after 1970.</summary>
    private static readonly ulong MaxMilliseconds = (ulong)(DateTime.MaxValue - Epoch).TotalMilliseconds;

    /// <summary>The time, UTC.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is after the year 9999.</exception>
    public static DateTime ToDateTime(ulong tso)
    {
        ulong milliseconds = tso >> CounterBits;
        return milliseconds > MaxMilliseconds
            ? throw new ArgumentOutOfRangeException(nameof(tso), tso, "This is no TSO: its time is after the year 9999.")
            : Epoch.AddTicks((long)milliseconds * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>The counter, 0 to 262143.</summary>
    public static int CounterOf(ulong tso) => (int)(tso & CounterMask);

    /// <summary>The TSO of a time with the counter 0.</summary>
    /// <param name="time">Local and unspecified times are taken as local.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is before 1970.</exception>
    public static ulong FromDateTime(DateTime time)
    {
        DateTime utc = time.ToUniversalTime();
        return utc < Epoch
            ? throw new ArgumentOutOfRangeException(nameof(time), time, "A TSO has no times before 1970.")
            : (ulong)((utc - Epoch).Ticks / TimeSpan.TicksPerMillisecond) << CounterBits;
    }
}
