using System.Buffers.Text;

namespace Binlog.TiDB.Codec;

/// <summary>TIME values: signed nanoseconds in rows, "[-]hh:mm:ss[.ffffff]" as text, hours up to 838.</summary>
public static class TimeSpanText
{
    /// <summary>Longest text, in bytes.</summary>
    public const int MaxLength = 17;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long Limit = 839 * 3600 * NanosecondsPerSecond;

    /// <summary>Writes the text with <paramref name="fraction"/> digits after the seconds.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="TiDBFormatException">The value is beyond 838 hours.</exception>
    public static int Format(long nanoseconds, int fraction, Span<byte> destination)
    {
        if (nanoseconds is <= -Limit or >= Limit)
        {
            TiDBFormatException.Throw("duration", 0, "less than 839 hours", $"{nanoseconds} ns");
        }

        var digits = new DigitWriter(destination);
        if (nanoseconds < 0)
        {
            digits.Write('-');
            nanoseconds = -nanoseconds;
        }

        var (seconds, rest) = Math.DivRem(nanoseconds, NanosecondsPerSecond);
        var hours = (int)(seconds / 3600);
        digits.Write(hours, hours >= 100 ? 3 : 2);
        digits.Write(':', (int)(seconds / 60 % 60));
        digits.Write(':', (int)(seconds % 60));
        digits.WriteFraction((int)(rest / 1000), fraction);
        return digits.Length;
    }

    /// <summary>Reads "[-]h:mm:ss[.fraction]" into nanoseconds.</summary>
    /// <exception cref="TiDBFormatException">The text has another form or is beyond 838 hours.</exception>
    public static long Parse(ReadOnlySpan<byte> text)
    {
        var negative = text.Length > 0 && text[0] == '-';
        var rest = negative ? text[1..] : text;
        Span<int> parts = stackalloc int[4];
        parts.Clear();
        for (var index = 0; index < 4; index++)
        {
            if (!Utf8Parser.TryParse(rest, out uint part, out var length) || length > 6 || (index is 1 or 2 && part > 59))
            {
                break;
            }

            parts[index] = index == 3 ? (int)part * (int)Math.Pow(10, 6 - length) : (int)part;
            rest = rest[length..];
            if (rest.IsEmpty && index >= 2 && parts[0] < 839)
            {
                var nanoseconds = ((parts[0] * 3600L) + (parts[1] * 60L) + parts[2]) * NanosecondsPerSecond + parts[3] * 1000L;
                return negative ? -nanoseconds : nanoseconds;
            }

            if (rest.IsEmpty || rest[0] != (index == 2 ? '.' : ':'))
            {
                break;
            }

            rest = rest[1..];
        }

        TiDBFormatException.Throw("duration text", text.Length - rest.Length, "hh:mm:ss below 839 hours", $"{text.Length} other bytes");
        return 0;
    }
}
