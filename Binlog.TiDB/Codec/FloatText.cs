using System.Globalization;

namespace Binlog.TiDB.Codec;

/// <summary>The fewest digits that give a floating-point number back, laid out as the original prints them (Go's rules).</summary>
internal static class FloatText
{
    /// <summary>Room that every layout fits in.</summary>
    public const int MaxLength = 40;

    private const int ColumnExponentLimit = 6;

    /// <summary>Layout of columns (Go's %v): exponent form below 1e-4 and from 1e6, exponents of at least two digits.</summary>
    public static int FormatColumn(double value, bool isSingle, Span<byte> destination)
    {
        Span<byte> digits = stackalloc byte[MaxLength];
        digits = digits[..Decompose(value, isSingle, digits, out var exponent)];
        return Layout(digits, exponent, double.IsNegative(value), exponent is < -4 or >= ColumnExponentLimit, exponentWidth: 2, destination);
    }

    /// <summary>Layout of JSON: exponent form below 1e-6 and from 1e21, exponents without padding.</summary>
    public static int FormatJson(double value, Span<byte> destination)
    {
        Span<byte> digits = stackalloc byte[MaxLength];
        digits = digits[..Decompose(value, isSingle: false, digits, out var exponent)];
        return Layout(digits, exponent, double.IsNegative(value), exponent is < -6 or >= 21, exponentWidth: 1, destination);
    }

    /// <summary>Layout of a vector's elements (Go's 'f', -1, 32): never an exponent. At most 60 bytes.</summary>
    public static int FormatElement(float value, Span<byte> destination)
    {
        Span<byte> digits = stackalloc byte[MaxLength];
        digits = digits[..Decompose(value, isSingle: true, digits, out var exponent)];
        return Layout(digits, exponent, float.IsNegative(value), exponential: false, exponentWidth: 1, destination);
    }

    // "R" gives ddd.ddd or d.dddE+xx with the fewest digits; only the digits and the place of the point are taken from it.
    private static int Decompose(double value, bool isSingle, Span<byte> digits, out int exponent)
    {
        if (!double.IsFinite(value))
        {
            TiDBFormatException.Throw("number", 0, "a finite number", value.ToString(CultureInfo.InvariantCulture));
        }

        Span<byte> text = stackalloc byte[MaxLength];
        int length;
        if (isSingle)
        {
            Math.Abs((float)value).TryFormat(text, out length, "R", CultureInfo.InvariantCulture);
        }
        else
        {
            Math.Abs(value).TryFormat(text, out length, "R", CultureInfo.InvariantCulture);
        }

        exponent = 0;
        text = text[..length];
        var mark = text.IndexOf((byte)'E');
        if (mark >= 0)
        {
            exponent = int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            text = text[..mark];
        }

        var point = text.IndexOf((byte)'.');
        exponent += (point < 0 ? text.Length : point) - 1;
        return CollectDigits(text, digits, ref exponent);
    }

    private static int CollectDigits(ReadOnlySpan<byte> text, Span<byte> digits, ref int exponent)
    {
        var count = 0;
        foreach (var b in text)
        {
            if (b == '0' && count == 0)
            {
                exponent--;
            }
            else if (b != '.')
            {
                digits[count++] = b;
            }
        }

        count = digits[..count].TrimEnd((byte)'0').Length;
        if (count == 0)
        {
            digits[0] = (byte)'0';
            exponent = 0;
            count = 1;
        }

        return count;
    }

    private static int Layout(
        ReadOnlySpan<byte> digits, int exponent, bool negative, bool exponential, int exponentWidth, Span<byte> destination)
    {
        var at = 0;
        if (negative)
        {
            destination[at++] = (byte)'-';
        }

        return at + (exponential ? Exponential(digits, exponent, exponentWidth, destination[at..]) : Plain(digits, exponent, destination[at..]));
    }

    private static int Exponential(ReadOnlySpan<byte> digits, int exponent, int exponentWidth, Span<byte> destination)
    {
        var writer = new DigitWriter(destination);
        writer.Write((char)digits[0]);
        if (digits.Length > 1)
        {
            writer.Write('.');
            foreach (var digit in digits[1..])
            {
                writer.Write((char)digit);
            }
        }

        writer.Write('e');
        writer.Write(exponent < 0 ? '-' : '+');
        exponent = Math.Abs(exponent);
        writer.Write(exponent, Math.Max(exponentWidth, exponent >= 100 ? 3 : exponent >= 10 ? 2 : 1));
        return writer.Length;
    }

    private static int Plain(ReadOnlySpan<byte> digits, int exponent, Span<byte> destination)
    {
        var writer = new DigitWriter(destination);
        if (exponent < 0)
        {
            writer.Write('0');
            writer.Write('.');
            for (var zeros = exponent + 1; zeros < 0; zeros++)
            {
                writer.Write('0');
            }
        }

        for (var index = 0; index < Math.Max(digits.Length, exponent + 1); index++)
        {
            if (index == exponent + 1 && exponent >= 0)
            {
                writer.Write('.');
            }

            writer.Write(index < digits.Length ? (char)digits[index] : '0');
        }

        return writer.Length;
    }
}
