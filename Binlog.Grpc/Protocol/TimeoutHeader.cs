using System.Globalization;

namespace Binlog.Grpc.Protocol;

/// <summary>
/// The grpc-timeout header: one to eight digits, then a unit (H hours, M minutes, S seconds, m milli-, u micro-, n nanoseconds).
/// </summary>
internal static class TimeoutHeader
{
    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;

    /// <summary>Writes the finest unit that eight digits hold, rounded up; a timeout that has passed becomes 1n.</summary>
    public static string Format(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return "1n";
        }

        ReadOnlySpan<(long Ticks, char Unit)> units =
        [
            (TimeSpan.TicksPerMicrosecond, 'u'),
            (TimeSpan.TicksPerMillisecond, 'm'),
            (TimeSpan.TicksPerSecond, 'S'),
            (TimeSpan.TicksPerMinute, 'M'),
        ];
        foreach (var (ticks, unit) in units)
        {
            var value = DivideUp(timeout.Ticks, ticks);
            if (value <= MaxValue)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{DivideUp(timeout.Ticks, TimeSpan.TicksPerHour)}H");
    }

    /// <summary>Reads the header; <c>false</c> if it is malformed. A timeout beyond what a TimeSpan holds is cut to its maximum.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1
            || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        switch (text[^1])
        {
            case 'H':
                timeout = Scale(value, TimeSpan.TicksPerHour);
                return true;
            case 'M':
                timeout = Scale(value, TimeSpan.TicksPerMinute);
                return true;
            case 'S':
                timeout = Scale(value, TimeSpan.TicksPerSecond);
                return true;
            case 'm':
                timeout = Scale(value, TimeSpan.TicksPerMillisecond);
                return true;
            case 'u':
                timeout = Scale(value, TimeSpan.TicksPerMicrosecond);
                return true;
            case 'n':
                timeout = TimeSpan.FromTicks(DivideUp(value, TimeSpan.NanosecondsPerTick));
                return true;
            default:
                return false;
        }
    }

    private static TimeSpan Scale(long value, long ticks) =>
        value > TimeSpan.MaxValue.Ticks / ticks ? TimeSpan.MaxValue : TimeSpan.FromTicks(value * ticks);

    private static long DivideUp(long value, long divisor) => (value / divisor) + (value % divisor == 0 ? 0 : 1);
}
