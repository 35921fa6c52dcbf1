using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Binlog.TiDB.Codec;

/// <summary>
/// DATE, DATETIME or TIMESTAMP as rows store it: bits 0-23 microsecond, 24-29 second, 30-35 minute, 36-40 hour, 41-45 day, from 46 on
/// year * 13 + month. Month and day may be 0. A TIMESTAMP is in UTC; the fraction's precision belongs to the column.
/// </summary>
/// <param name="Value">The packed bits; 0 is '0000-00-00 00:00:00'.</param>
public readonly record struct PackedTime(ulong Value)
{
    /// <summary>The most digits of a second's fraction.</summary>
    public const int MaxFraction = 6;

    /// <summary>0 to 9999.</summary>
    public int Year => (int)((Value >> 46) / 13);

    /// <summary>0 to 12.</summary>
    public int Month => (int)((Value >> 46) % 13);

    /// <summary>0 to 31.</summary>
    public int Day => (int)(Value >> 41) & 31;

    /// <summary>0 to 23.</summary>
    public int Hour => (int)(Value >> 36) & 31;

    /// <summary>0 to 59.</summary>
    public int Minute => (int)(Value >> 30) & 63;

    /// <summary>0 to 59.</summary>
    public int Second => (int)(Value >> 24) & 63;

    /// <summary>0 to 999999.</summary>
    public int Microsecond => (int)Value & 0xffffff;

    /// <summary>True for the zero date, which no time zone applies to.</summary>
    public bool IsZero => Value == 0;

    /// <summary>True when every part is in its range; month and day may be 0.</summary>
    public bool IsValid => Value >> 46 <= 9999 * 13 + 12 && Hour < 24 && Minute < 60 && Second < 60 && Microsecond < 1_000_000;

    /// <summary>Packs the parts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A part is out of its range.</exception>
    public static PackedTime FromParts(int year, int month, int day, int hour = 0, int minute = 0, int second = 0, int microsecond = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)year, 9999u, nameof(year));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)month, 12u, nameof(month));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)day, 31u, nameof(day));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)hour, 23u, nameof(hour));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)minute, 59u, nameof(minute));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)second, 59u, nameof(second));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)microsecond, 999_999u, nameof(microsecond));
        var date = ((ulong)(year * 13 + month) << 5) | (uint)day;
        var time = ((uint)hour << 12) | ((uint)minute << 6) | (uint)second;
        return new PackedTime((((date << 17) | time) << 24) | (uint)microsecond);
    }

    /// <summary>Packs a time as it stands, its zone ignored.</summary>
    public static PackedTime FromDateTime(DateTime time) => FromParts(
        time.Year, time.Month, time.Day, time.Hour, time.Minute, time.Second, (int)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));

    /// <summary>Reads "YYYY-MM-DD" or "YYYY-MM-DD hh:mm:ss[.fraction]".</summary>
    /// <exception cref="TiDBFormatException">The text has another form or names no date.</exception>
    public static PackedTime Parse(ReadOnlySpan<byte> text)
    {
        var parts = (stackalloc int[7]);
        parts.Clear();
        var separators = "-- ::."u8;
        var rest = text;
        for (var index = 0; index < 7; index++)
        {
            if (!Utf8Parser.TryParse(rest, out int part, out var length) || part < 0 || length > MaxFraction)
            {
                TiDBFormatException.Throw("time text", text.Length - rest.Length, "digits", Quote(text));
            }

            parts[index] = index == 6 ? part * (int)Math.Pow(10, MaxFraction - length) : part;
            rest = rest[length..];
            if (rest.IsEmpty)
            {
                return Pack(parts, index, text);
            }

            if (index == 6 || (rest[0] != separators[index] && !(index == 2 && rest[0] == 'T')))
            {
                break;
            }

            rest = rest[1..];
        }

        TiDBFormatException.Throw("time text", text.Length - rest.Length, "YYYY-MM-DD hh:mm:ss.ffffff", Quote(text));
        return default;
    }

    /// <summary>Moves a time from UTC into a zone; the zero time stays.</summary>
    /// <exception cref="TiDBFormatException">The value is no moment on the calendar.</exception>
    public PackedTime FromUtc(TimeZoneInfo zone) =>
        IsZero ? this : FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(ToDateTime(DateTimeKind.Utc), zone));

    /// <summary>Moves a time from a zone to UTC; the zero time stays.</summary>
    /// <exception cref="TiDBFormatException">The value is no moment on the calendar, or the zone skipped it.</exception>
    public PackedTime ToUtc(TimeZoneInfo zone)
    {
        if (IsZero)
        {
            return this;
        }

        var local = ToDateTime(DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local))
        {
            TiDBFormatException.Throw("time", 0, $"a time that exists in {zone.Id}", $"{local:O}");
        }

        return FromDateTime(TimeZoneInfo.ConvertTimeToUtc(local, zone));
    }

    /// <summary>The same parts as a <see cref="DateTime"/>.</summary>
    /// <exception cref="TiDBFormatException">The value is no moment on the calendar, such as a zero day.</exception>
    public DateTime ToDateTime(DateTimeKind kind)
    {
        if (!IsValid || Year == 0 || Month == 0 || Day == 0 || Day > DateTime.DaysInMonth(Year, Month))
        {
            TiDBFormatException.Throw("time", 0, "a moment on the calendar", $"{Year}-{Month}-{Day} {Hour}:{Minute}:{Second}.{Microsecond}");
        }

        return new DateTime(Year, Month, Day, Hour, Minute, Second, kind).AddMicroseconds(Microsecond);
    }

    /// <summary>Writes "YYYY-MM-DD", and with <paramref name="withTime"/> " hh:mm:ss" and <paramref name="fraction"/> digits.</summary>
    /// <returns>Bytes written, at most 26.</returns>
    /// <exception cref="TiDBFormatException">A part is out of its range.</exception>
    public int Format(Span<byte> destination, bool withTime, int fraction)
    {
        if (!IsValid)
        {
            TiDBFormatException.Throw("time", 0, "parts in their ranges", $"0x{Value:x16}");
        }

        var digits = new DigitWriter(destination);
        digits.Write(Year, 4);
        digits.Write('-', Month);
        digits.Write('-', Day);
        if (withTime)
        {
            digits.Write(' ', Hour);
            digits.Write(':', Minute);
            digits.Write(':', Second);
            digits.WriteFraction(Microsecond, fraction);
        }

        return digits.Length;
    }

    /// <summary>The time with all six digits of the fraction.</summary>
    public override string ToString()
    {
        if (!IsValid)
        {
            return Value.ToString(CultureInfo.InvariantCulture);
        }

        Span<byte> text = stackalloc byte[26];
        return Encoding.ASCII.GetString(text[..Format(text, withTime: true, MaxFraction)]);
    }

    private static PackedTime Pack(ReadOnlySpan<int> parts, int last, ReadOnlySpan<byte> text)
    {
        if (last is not (2 or 5 or 6) || parts[0] > 9999 || parts[1] > 12 || parts[2] > 31 || parts[3] > 23 || parts[4] > 59 || parts[5] > 59)
        {
            TiDBFormatException.Throw("time text", 0, "a date or a time of day", Quote(text));
        }

        return FromParts(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6]);
    }

    private static string Quote(ReadOnlySpan<byte> text) => $"\"{Encoding.UTF8.GetString(text[..Math.Min(text.Length, 40)])}\"";
}
