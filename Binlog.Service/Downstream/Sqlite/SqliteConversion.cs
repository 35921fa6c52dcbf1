using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Converts the values of a column whose type changes, as the upstream does. Where the upstream's result depends on something that
/// the target can't know (a session's time zone, rounding of floating point, truncation in a lax mode), it refuses instead of guessing.
/// </summary>
internal static class SqliteConversion
{
    private static readonly SearchValues<char> NumberSymbols = SearchValues.Create("0123456789.");

    /// <summary>Whether values have to be looked at when the type changes.</summary>
    public static bool IsNeeded(FieldType old, FieldType updated)
    {
        if (old.IsInteger && updated.IsInteger)
        {
            return RangeOf(updated).Min > RangeOf(old).Min || RangeOf(updated).Max < RangeOf(old).Max;
        }

        if (old.IsString && updated.IsString)
        {
            return old.IsBinary != updated.IsBinary || (updated.Length >= 0 && (old.Length < 0 || updated.Length < old.Length))
                || (updated.Tp == ColumnType.String && (old.Tp != ColumnType.String || updated.IsBinary) && !IsSameShape(old, updated));
        }

        return !IsSameShape(old, updated);
    }

    /// <summary>Converts a value.</summary>
    /// <exception cref="TargetException">The result isn't certain.</exception>
    public static SqliteValue Convert(SqliteValue value, ColumnInfo old, ColumnInfo updated) =>
        !IsNeeded(old.Type, updated.Type) ? value
        : value.IsNull ? updated.Type.NotNull ? throw Refuse(value, old, updated) : value
        : TryConvert(value, old.Type, updated.Type) ?? throw Refuse(value, old, updated);

    private static bool IsSameShape(FieldType old, FieldType updated) =>
        old.Tp == updated.Tp && old.Length == updated.Length && old.Decimals == updated.Decimals && old.IsUnsigned == updated.IsUnsigned
        && old.IsBinary == updated.IsBinary && old.Elements.SequenceEqual(updated.Elements);

    private static SqliteValue? TryConvert(SqliteValue value, FieldType old, FieldType updated)
    {
        switch (updated.Tp)
        {
            case ColumnType.NewDecimal:
                return NumberText(value, old) is { } number && Rescale(number, Math.Max(0, updated.Decimals)) is var scaled && Fits(scaled, updated) ? new(scaled) : null;
            case ColumnType.Double when updated.Decimals < 0:
            case ColumnType.Float when updated.Decimals < 0:
                return ToReal(value, old) is { } real && (updated.Tp == ColumnType.Double || float.IsFinite((float)real))
                    ? new(updated.Tp == ColumnType.Float ? (float)real : real)
                    : null;
            case ColumnType.Double or ColumnType.Float:
                return null;
            case ColumnType.Year:
                return old.Tp == ColumnType.Year ? value : null;
            case ColumnType.Bit:
                return old.Tp == ColumnType.Bit && updated.Length >= old.Length ? value : null;
            case ColumnType.Json:
                return old.Tp == ColumnType.Json ? value : null;
            case ColumnType.Enum:
                return value.Content is string name && IsNamed(old) && updated.Elements.Contains(name) ? value : null;
            case ColumnType.Set:
                return value.Content is string names && old.Tp == ColumnType.Set && IsSubset(old, updated, names) ? value : null;
            case ColumnType.Date or ColumnType.DateTime or ColumnType.Timestamp or ColumnType.Time:
                return ToTime(value, old, updated) is { } time ? new(time) : null;
            default:
                return updated.IsInteger ? ToInteger(value, old, updated) : updated.IsString ? ToBytes(value, old, updated) : null;
        }
    }

    private static bool IsNamed(FieldType type) => type.Tp == ColumnType.Enum || (type.IsString && !type.IsBinary);

    private static bool IsSubset(FieldType old, FieldType updated, string names) =>
        names.Length == 0 || (old.Elements.SequenceEqual(updated.Elements.Take(old.Elements.Count)) && names.Split(',').All(updated.Elements.Contains));

    private static string? NumberText(SqliteValue value, FieldType old) => value.Content switch
    {
        long integer when old.IsInteger || old.Tp == ColumnType.Year => integer.ToString(CultureInfo.InvariantCulture),
        string text when (old.IsInteger || old.Tp == ColumnType.NewDecimal || (old.IsString && !old.IsBinary)) && IsPlainNumber(text) => text,
        _ => null,
    };

    private static bool IsPlainNumber(string text)
    {
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart('-');
        return text.Length - digits.Length <= 1 && digits.Count('.') <= 1 && digits.Length > 0 && char.IsAsciiDigit(digits[0]) && char.IsAsciiDigit(digits[^1])
            && !digits.ContainsAnyExcept(NumberSymbols);
    }

    /// <summary>Rounds half away from zero, as MySQL does for exact numbers.</summary>
    private static string Rescale(string number, int scale)
    {
        bool isNegative = number[0] == '-';
        string digits = isNegative ? number[1..] : number;
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        string fraction = point < 0 ? "" : digits[(point + 1)..];
        var unscaled = BigInteger.Parse($"{(point < 0 ? digits : digits[..point])}{fraction}", CultureInfo.InvariantCulture);
        if (fraction.Length <= scale)
        {
            unscaled *= BigInteger.Pow(10, scale - fraction.Length);
        }
        else
        {
            var divisor = BigInteger.Pow(10, fraction.Length - scale);
            unscaled = (unscaled + (divisor / 2)) / divisor;
        }

        string text = unscaled.ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        string printed = scale == 0 ? text : $"{text.AsSpan(0, text.Length - scale)}.{text.AsSpan(text.Length - scale)}";
        return isNegative && !unscaled.IsZero ? $"-{printed}" : printed;
    }

    private static double? ToReal(SqliteValue value, FieldType old) =>
        value.Content is double real ? real
        : NumberText(value, old) is { } number ? double.Parse(number, CultureInfo.InvariantCulture)
        : null;

    /// <summary>A value out of the new range was cut to it by an upstream in lax mode; which one it became isn't guessed.</summary>
    private static SqliteValue? ToInteger(SqliteValue value, FieldType old, FieldType updated)
    {
        string? number = value.Content is long bits && old.Tp == ColumnType.Bit ? bits.ToString(CultureInfo.InvariantCulture) : NumberText(value, old);
        if (number is null || (old.IsString && number.Contains('.', StringComparison.Ordinal))
            || !Int128.TryParse(Rescale(number, 0), CultureInfo.InvariantCulture, out Int128 integer)
            || integer < RangeOf(updated).Min || integer > RangeOf(updated).Max)
        {
            return null;
        }

        return integer <= long.MaxValue ? new((long)integer) : new(integer.ToString(CultureInfo.InvariantCulture));
    }

    private static bool Fits(string number, FieldType type) =>
        number.Count(char.IsAsciiDigit) - (number.StartsWith("0.", StringComparison.Ordinal) || number.StartsWith("-0.", StringComparison.Ordinal) ? 1 : 0) <= type.Length
        && !(type.IsUnsigned && number.StartsWith('-'));

    private static (Int128 Min, Int128 Max) RangeOf(FieldType type)
    {
        int bits = type.Tp switch
        {
            ColumnType.TinyInt => 8,
            ColumnType.SmallInt => 16,
            ColumnType.MediumInt => 24,
            ColumnType.Int => 32,
            _ => 64,
        };
        return type.IsUnsigned ? (0, (Int128.One << bits) - 1) : (-(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1);
    }

    private static SqliteValue? ToBytes(SqliteValue value, FieldType old, FieldType updated)
    {
        byte[]? bytes = value.Content switch
        {
            byte[] raw when old.IsString => raw,
            string text when old.IsString || old.Tp is ColumnType.Enum or ColumnType.Set or ColumnType.Json or ColumnType.NewDecimal or ColumnType.Time || old.IsPackedTime
                || (old.IsInteger && (old.Flag & ColumnFlags.ZeroFill) == 0) => Encoding.UTF8.GetBytes(text),
            long integer when (old.IsInteger && (old.Flag & ColumnFlags.ZeroFill) == 0) || old.Tp == ColumnType.Year =>
                Encoding.UTF8.GetBytes(integer.ToString(CultureInfo.InvariantCulture)),
            _ => null,
        };
        if (bytes is null)
        {
            return null;
        }

        long length = updated.IsBinary ? bytes.Length : Encoding.UTF8.GetString(bytes).EnumerateRunes().Count();
        if (updated.Length >= 0 && length > updated.Length)
        {
            return null;
        }

        if (!updated.IsBinary)
        {
            return updated.Tp == ColumnType.String && bytes is [.., (byte)' '] ? null : SqliteValue.TextOrBytes(bytes);
        }

        if (updated.Tp == ColumnType.String)
        {
            Array.Resize(ref bytes, (int)updated.Length);
        }

        return new(bytes);
    }

    private static string? ToTime(SqliteValue value, FieldType old, FieldType updated)
    {
        if (value.Content is not string text || (old.Tp == ColumnType.Time) != (updated.Tp == ColumnType.Time) || !(old.IsPackedTime || old.Tp == ColumnType.Time))
        {
            return null;
        }

        bool isZero = text.StartsWith("0000-00-00", StringComparison.Ordinal);
        if ((old.Tp == ColumnType.Timestamp) != (updated.Tp == ColumnType.Timestamp) && !isZero)
        {
            return null;
        }

        if (updated.Tp == ColumnType.Date)
        {
            return text.Length <= 10 || text.AsSpan(10).IndexOfAnyExcept(" 0:.") < 0 ? text[..10] : null;
        }

        string full = old.Tp == ColumnType.Date ? $"{text} 00:00:00" : text;
        int point = full.IndexOf('.', StringComparison.Ordinal);
        string fraction = point < 0 ? "" : full[(point + 1)..];
        string whole = point < 0 ? full : full[..point];
        int digits = updated.FractionalSeconds;
        return fraction.Length > digits && fraction.AsSpan(digits).IndexOfAnyExcept('0') >= 0 ? null
            : digits == 0 ? whole
            : $"{whole}.{fraction.PadRight(digits, '0').AsSpan(0, digits)}";
    }

    private static TargetException Refuse(SqliteValue value, ColumnInfo old, ColumnInfo updated) => new(
        $"The value {value.Content ?? "NULL"} of column {old.Name} ({ColumnTypeNames.Of(old.Type)}) can't be converted to {ColumnTypeNames.Of(updated.Type)} ({updated.Name}) " +
        "with certainty: the upstream's result depends on its session or rounding. Copy the table anew from the upstream.",
        isTransient: false);
}
