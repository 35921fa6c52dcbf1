using System.Buffers;
using System.Buffers.Binary;

namespace Binlog.TiDB.Codec;

/// <summary>
/// MySQL's packed decimal as TiDB stores it: precision byte, fraction byte, then base-10^9 words split outwards from the point, first and
/// last word shortened to the bytes that their digits need; negative numbers inverted, the sign in the (flipped) top bit.
/// </summary>
public static class BinaryDecimal
{
    /// <summary>The most digits a decimal can carry (nine words of nine).</summary>
    public const int MaxPrecision = 81;

    private const int DigitsPerWord = 9;

    private static ReadOnlySpan<byte> BytesForDigits => [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

    private static ReadOnlySpan<uint> PowersOfTen => [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

    /// <summary>Bytes of the words, without the precision and fraction bytes.</summary>
    /// <param name="precision">Total digits, 1 to <see cref="MaxPrecision"/>.</param>
    /// <param name="fraction">Digits after the point, 0 to <paramref name="precision"/>.</param>
    public static int SizeOf(int precision, int fraction)
    {
        var (integerWords, integerRest) = Math.DivRem(precision - fraction, DigitsPerWord);
        var (fractionWords, fractionRest) = Math.DivRem(fraction, DigitsPerWord);
        return (integerWords + fractionWords) * 4 + BytesForDigits[integerRest] + BytesForDigits[fractionRest];
    }

    /// <summary>Writes the number in <paramref name="payload"/> (precision byte, fraction byte, words) as text.</summary>
    /// <remarks>Always shows all fraction digits, never a leading zero except a single one before the point, never "-0".</remarks>
    /// <exception cref="TiDBFormatException">The payload is not a decimal.</exception>
    public static void WriteText(ReadOnlySpan<byte> payload, IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (Measure(payload, 0) != payload.Length)
        {
            TiDBFormatException.Throw("decimal", 0, $"{Measure(payload, 0)} bytes", $"{payload.Length}");
        }

        int precision = payload[0];
        int fraction = payload[1];
        Span<byte> words = stackalloc byte[MaxPrecision];
        words = words[..(payload.Length - 2)];
        payload[2..].CopyTo(words);
        var negative = (words[0] & 0x80) == 0;
        words[0] ^= 0x80;
        if (negative)
        {
            foreach (ref var b in words)
            {
                b = (byte)~b;
            }
        }

        Span<byte> digits = stackalloc byte[MaxPrecision];
        Unpack(words, precision - fraction, fraction, digits);
        Print(digits[..precision], precision - fraction, negative, writer);
    }

    /// <summary>Writes precision byte, fraction byte and words of a number given as text such as "-12.340".</summary>
    /// <exception cref="TiDBFormatException">The text is not a plain decimal number or does not fit without losing digits.</exception>
    public static void Encode(ReadOnlySpan<byte> text, int precision, int fraction, IBufferWriter<byte> writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)(precision - 1), (uint)MaxPrecision - 1, nameof(precision));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)fraction, (uint)precision, nameof(fraction));
        Span<byte> digits = stackalloc byte[MaxPrecision];
        digits = digits[..precision];
        var negative = ParseDigits(text, precision - fraction, digits);
        var size = SizeOf(precision, fraction);
        var target = writer.GetSpan(size + 2);
        target[0] = (byte)precision;
        target[1] = (byte)fraction;
        Pack(digits, precision - fraction, fraction, target.Slice(2, size));
        if (negative)
        {
            foreach (ref var b in target.Slice(2, size))
            {
                b = (byte)~b;
            }
        }

        target[2] ^= 0x80;
        writer.Advance(size + 2);
    }

    /// <summary>Precision and fraction that hold exactly the digits of <paramref name="text"/>.</summary>
    public static (int Precision, int Fraction) DigitsOf(ReadOnlySpan<byte> text)
    {
        var number = text.TrimStart("+-"u8);
        var point = number.IndexOf((byte)'.');
        var fraction = point < 0 ? 0 : number.Length - point - 1;
        var integer = (point < 0 ? number : number[..point]).TrimStart((byte)'0').Length;
        return (Math.Max(1, integer + fraction), fraction);
    }

    internal static int Measure(ReadOnlySpan<byte> source, int position)
    {
        var left = source.Length - position;
        if (left < 2)
        {
            TiDBFormatException.ThrowTruncated("decimal", position, 2, left);
        }

        int precision = source[position];
        int fraction = source[position + 1];
        if (precision is 0 or > MaxPrecision || fraction > precision)
        {
            TiDBFormatException.Throw("decimal", position, $"a precision of 1 to {MaxPrecision} and no larger fraction", $"({precision},{fraction})");
        }

        var size = 2 + SizeOf(precision, fraction);
        if (size > left)
        {
            TiDBFormatException.ThrowTruncated("decimal", position, size, left);
        }

        return size;
    }

    private static void Unpack(ReadOnlySpan<byte> words, int integerDigits, int fractionDigits, Span<byte> digits)
    {
        var at = 0;
        var to = 0;
        for (var left = integerDigits; left > 0;)
        {
            var count = left % DigitsPerWord == 0 ? DigitsPerWord : left % DigitsPerWord;
            UnpackWord(words, ref at, digits.Slice(to, count));
            to += count;
            left -= count;
        }

        for (var left = fractionDigits; left > 0;)
        {
            var count = Math.Min(left, DigitsPerWord);
            UnpackWord(words, ref at, digits.Slice(to, count));
            to += count;
            left -= count;
        }
    }

    private static void UnpackWord(ReadOnlySpan<byte> words, ref int at, Span<byte> digits)
    {
        uint value = 0;
        var size = BytesForDigits[digits.Length];
        for (var index = 0; index < size; index++)
        {
            value = (value << 8) | words[at++];
        }

        if (value >= PowersOfTen[digits.Length])
        {
            TiDBFormatException.Throw("decimal", at - size, $"a word of {digits.Length} digits", $"{value}");
        }

        for (var index = digits.Length - 1; index >= 0; index--)
        {
            (value, var digit) = Math.DivRem(value, 10);
            digits[index] = (byte)('0' + digit);
        }
    }

    private static void Pack(ReadOnlySpan<byte> digits, int integerDigits, int fractionDigits, Span<byte> words)
    {
        var at = 0;
        var from = 0;
        for (var left = integerDigits; left > 0;)
        {
            var count = left % DigitsPerWord == 0 ? DigitsPerWord : left % DigitsPerWord;
            PackWord(digits.Slice(from, count), words, ref at);
            from += count;
            left -= count;
        }

        for (var left = fractionDigits; left > 0;)
        {
            var count = Math.Min(left, DigitsPerWord);
            PackWord(digits.Slice(from, count), words, ref at);
            from += count;
            left -= count;
        }
    }

    private static void PackWord(ReadOnlySpan<byte> digits, Span<byte> words, ref int at)
    {
        uint value = 0;
        foreach (var digit in digits)
        {
            value = value * 10 + digit - '0';
        }

        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        var size = BytesForDigits[digits.Length];
        word[(4 - size)..].CopyTo(words[at..]);
        at += size;
    }

    private static void Print(ReadOnlySpan<byte> digits, int integerDigits, bool negative, IBufferWriter<byte> writer)
    {
        var integer = digits[..integerDigits].TrimStart((byte)'0');
        var fraction = digits[integerDigits..];
        var target = writer.GetSpan(digits.Length + 3);
        var length = 0;
        if (negative && digits.ContainsAnyExcept((byte)'0'))
        {
            target[length++] = (byte)'-';
        }

        if (integer.IsEmpty)
        {
            target[length++] = (byte)'0';
        }

        integer.CopyTo(target[length..]);
        length += integer.Length;
        if (!fraction.IsEmpty)
        {
            target[length++] = (byte)'.';
            fraction.CopyTo(target[length..]);
            length += fraction.Length;
        }

        writer.Advance(length);
    }

    private static bool ParseDigits(ReadOnlySpan<byte> text, int integerDigits, Span<byte> digits)
    {
        var number = text;
        var negative = number.Length > 0 && number[0] == '-';
        if (number.Length > 0 && number[0] is (byte)'-' or (byte)'+')
        {
            number = number[1..];
        }

        var point = number.IndexOf((byte)'.');
        var integer = (point < 0 ? number : number[..point]).TrimStart((byte)'0');
        var fraction = (point < 0 ? default : number[(point + 1)..]).TrimEnd((byte)'0');
        if (number.Length - (point < 0 ? 0 : 1) == 0
            || integer.ContainsAnyExceptInRange((byte)'0', (byte)'9') || fraction.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || integer.Length > integerDigits || fraction.Length > digits.Length - integerDigits)
        {
            TiDBFormatException.Throw(
                "decimal text", 0, $"a number of at most {integerDigits} + {digits.Length - integerDigits} digits", $"{text.Length} other bytes");
        }

        digits.Fill((byte)'0');
        integer.CopyTo(digits[(integerDigits - integer.Length)..]);
        fraction.CopyTo(digits[integerDigits..]);
        return negative && digits.ContainsAnyExcept((byte)'0');
    }
}
