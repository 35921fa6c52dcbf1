using System.Globalization;
using Binlog.TiDB;

namespace Binlog.Service.Commands.Inspect;

/// <summary>How timestamps are read and shown.</summary>
internal static class TsText
{
    /// <summary>The UTC time of a TSO.</summary>
    public static string Time(ulong ts) => new Tso(ts).ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A moment in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>TSO and time; "-" for 0.</summary>
    public static string Full(ulong ts) => ts == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{ts} ({Time(ts)})");

    /// <summary>Reads a TSO, or a time (UTC unless it says otherwise); <paramref name="last"/> takes the last TSO of its millisecond instead of the first.</summary>
    public static bool TryParse(string text, bool last, out ulong ts)
    {
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ts))
        {
            return true;
        }

        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!text.Contains('-', StringComparison.Ordinal)
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Style, out DateTimeOffset time)
            || time < DateTimeOffset.UnixEpoch)
        {
            return false;
        }

        ts = Tso.FromParts(time.ToUnixTimeMilliseconds(), last ? (uint)Tso.MaxLogical : 0).Value;
        return true;
    }
}
