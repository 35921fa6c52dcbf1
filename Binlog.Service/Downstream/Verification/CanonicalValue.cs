using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Verification;

/// <summary>
/// One text per value, whichever way a literal or a target shows it, chosen by the column's type: two values are equal when their texts are.
/// Null stands for NULL.
/// </summary>
internal static class CanonicalValue
{
    /// <summary>The value of a SQL literal.</summary>
    /// <exception cref="FormatException">The literal is none, or no value of the type.</exception>
    public static string? OfLiteral(string literal, FieldType type)
    {
        SqlLiteral parsed = SqlLiteral.Parse(literal);
        return parsed.Kind switch
        {
            SqlLiteralKind.Null => null,
            SqlLiteralKind.Bits or SqlLiteralKind.Binary when type.Tp == ColumnType.Bit => OfBits(parsed.Bytes),
            SqlLiteralKind.Bits => throw new FormatException($"{literal} is no value of type {ColumnTypeNames.Of(type)}."),
            _ => OfText(parsed.Bytes, type),
        };
    }

    /// <summary>
    /// The value that text or bytes give: a number's digits, a time, a name, a string's bytes. This is what MySQL's text protocol carries,
    /// except for BIT, which it carries as bytes: <see cref="OfBits"/>.
    /// </summary>
    /// <exception cref="FormatException">The bytes are no value of the type.</exception>
    public static string OfText(ReadOnlySpan<byte> value, FieldType type)
    {
        if (type.IsString || type.Tp is ColumnType.Geometry)
        {
            return type.IsBinary || !Utf8.IsValid(value) ? $"x'{Convert.ToHexStringLower(value)}'" : Quote(value);
        }

        string text = Encoding.UTF8.GetString(value);
        return type.Tp switch
        {
            ColumnType.Float => OfSingle(float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)),
            ColumnType.Double => OfDouble(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)),
            ColumnType.NewDecimal or ColumnType.Decimal => OfDecimal(text, Math.Max(0, type.Decimals)),
            ColumnType.Json => CanonicalJson.Of(text),
            ColumnType.Enum or ColumnType.Set => Quote(value),
            ColumnType.DateTime or ColumnType.Timestamp or ColumnType.Time => OfTime(text, type.FractionalSeconds),
            ColumnType.Bit or ColumnType.Year => ulong.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
            _ when type.IsInteger => Int128.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
            _ => text,
        };
    }

    /// <summary>The value of a FLOAT.</summary>
    public static string OfSingle(float value) => $"f{BitConverter.SingleToUInt32Bits(value == 0 ? 0 : value):x8} ({value.ToString(CultureInfo.InvariantCulture)})";

    /// <summary>The value of a DOUBLE.</summary>
    public static string OfDouble(double value) => $"d{BitConverter.DoubleToUInt64Bits(value == 0 ? 0 : value):x16} ({value.ToString(CultureInfo.InvariantCulture)})";

    /// <summary>The value of a BIT from its bytes, most significant first.</summary>
    /// <exception cref="FormatException">There are more than eight.</exception>
    public static string OfBits(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> significant = bytes.TrimStart((byte)0);
        if (significant.Length > 8)
        {
            throw new FormatException($"A BIT value has {significant.Length} bytes.");
        }

        ulong value = 0;
        foreach (byte part in significant)
        {
            value = (value << 8) | part;
        }

        return value.ToString(CultureInfo.InvariantCulture);
    }

    private static string Quote(ReadOnlySpan<byte> utf8) => $"'{Encoding.UTF8.GetString(utf8)}'";

    /// <summary>Digits without superfluous zeros in front, as many behind the point as the column has, more when the value needs them.</summary>
    private static string OfDecimal(string text, int scale)
    {
        bool isNegative = text.StartsWith('-');
        string digits = text.TrimStart('-', '+');
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        string whole = (point < 0 ? digits : digits[..point]).TrimStart('0');
        string fraction = (point < 0 ? "" : digits[(point + 1)..]).TrimEnd('0').PadRight(scale, '0');
        if (digits.Length == 0 || whole.AsSpan().ContainsAnyExceptInRange('0', '9') || fraction.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            throw new FormatException($"{text} is no decimal number.");
        }

        bool isZero = whole.Length == 0 && !fraction.AsSpan().ContainsAnyExcept('0');
        return $"{(isNegative && !isZero ? "-" : "")}{(whole.Length == 0 ? "0" : whole)}{(fraction.Length == 0 ? "" : ".")}{fraction}";
    }

    private static string OfTime(string text, int digits)
    {
        int point = text.IndexOf('.', StringComparison.Ordinal);
        string fraction = (point < 0 ? "" : text[(point + 1)..]).TrimEnd('0').PadRight(digits, '0');
        return fraction.Length == 0 ? point < 0 ? text : text[..point] : $"{(point < 0 ? text : text[..point])}.{fraction}";
    }
}
