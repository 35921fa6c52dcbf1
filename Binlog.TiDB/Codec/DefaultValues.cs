using System.Buffers;
using System.Globalization;
using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Codec;

/// <summary>
/// What a column means that a row does not carry: its origin default, else NULL if it may be NULL, else the first element of an ENUM, else
/// the zero of its type. The same rule as drainer's (translator of tidb-binlog).
/// </summary>
public static class DefaultValues
{
    /// <summary>The value of a missing column.</summary>
    /// <param name="column">The column as of the schema that the row was written under.</param>
    /// <param name="zone">Zone of a TIMESTAMP default that an old TiDB wrote in its host's zone (column version 0); UTC if null.</param>
    /// <exception cref="TiDBFormatException">The origin default is no value of the column's type.</exception>
    public static DefaultValue ForMissing(ColumnInfo column, TimeZoneInfo? zone = null)
    {
        ArgumentNullException.ThrowIfNull(column);
        if (column.Type.Tp == ColumnType.Bit && column.OriginDefaultBit is { } bits)
        {
            return Number(Datum.FromUInt64(BigEndian(bits, column)));
        }

        if (column.OriginDefault is { } text)
        {
            return Parse(column, text, column.Version == 0 ? zone ?? TimeZoneInfo.Utc : TimeZoneInfo.Utc);
        }

        return column.Type.NotNull ? ZeroOf(column.Type) : Number(Datum.Null);
    }

    /// <summary>The value that MySQL puts into a NOT NULL column of the type when nothing is said; the first element of an ENUM.</summary>
    public static DefaultValue ZeroOf(FieldType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Tp switch
        {
            ColumnType.Float or ColumnType.Double => Number(Datum.FromDouble(0)),
            ColumnType.Decimal or ColumnType.NewDecimal => Encoded(writer => WriteDecimal(writer, "0"u8, type)),
            ColumnType.Enum => Number(Datum.FromUInt64(1)),
            ColumnType.Json => Encoded(writer => DatumWriter.WriteJson(writer, "null"u8)),
            ColumnType.String when type.IsBinary && type.Length is > 0 and <= 255 => Bytes(new byte[type.Length]),
            ColumnType.Null => Number(Datum.Null),
            _ when type.IsString || type.Tp == ColumnType.Geometry => Bytes([]),
            _ => Number(Integer(type, 0)),
        };
    }

    private static DefaultValue Parse(ColumnInfo column, string text, TimeZoneInfo zone)
    {
        var type = column.Type;
        var utf8 = Encoding.UTF8.GetBytes(text);
        switch (type.Tp)
        {
            case ColumnType.Float or ColumnType.Double:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? Number(Datum.FromDouble(type.Tp == ColumnType.Float ? (float)number : number))
                    : throw Bad(column, text);
            case ColumnType.Decimal or ColumnType.NewDecimal:
                return Encoded(writer => WriteDecimal(writer, utf8, type));
            case ColumnType.Date or ColumnType.NewDate or ColumnType.DateTime:
                return Number(Datum.FromUInt64(PackedTime.Parse(utf8).Value));
            case ColumnType.Timestamp:
                return Number(Datum.FromUInt64(PackedTime.Parse(utf8).ToUtc(zone).Value));
            case ColumnType.Time:
                return Number(Datum.FromDuration(TimeSpanText.Parse(utf8)));
            case ColumnType.Enum:
                return Number(Datum.FromUInt64((ulong)IndexOf(column, text) + 1));
            case ColumnType.Set:
                return Number(Datum.FromUInt64(Mask(column, text)));
            case ColumnType.Bit:
                return text.Contains('\ufffd', StringComparison.Ordinal) ? throw Bad(column, text) : Number(Datum.FromUInt64(BigEndian(utf8, column)));
            case ColumnType.Json:
                return Encoded(writer => DatumWriter.WriteJson(writer, utf8));
            case ColumnType.String when type.IsBinary && utf8.Length < type.Length && type.Length <= 255:
                Array.Resize(ref utf8, (int)type.Length);
                return Bytes(utf8);
            default:
                return type.IsString || type.Tp == ColumnType.Geometry ? Bytes(utf8) : Number(ParseInteger(column, text));
        }
    }

    private static Datum ParseInteger(ColumnInfo column, string text)
    {
        if (column.Type.IsUnsigned && ulong.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var unsigned))
        {
            return Datum.FromUInt64(unsigned);
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed) && !column.Type.IsUnsigned
            ? Integer(column.Type, signed)
            : throw Bad(column, text);
    }

    private static Datum Integer(FieldType type, long value) => ColumnKinds.IntegerKindOf(type) switch
    {
        DatumKind.UInt64 => Datum.FromUInt64((ulong)value),
        DatumKind.Duration => Datum.FromDuration(value),
        _ => Datum.FromInt64(value),
    };

    private static int IndexOf(ColumnInfo column, string name)
    {
        for (var index = 0; index < column.Type.Elements.Count; index++)
        {
            if (string.Equals(column.Type.Elements[index], name, StringComparison.OrdinalIgnoreCase))
            {
                return index;
            }
        }

        return name.Length == 0 ? -1 : throw Bad(column, name);
    }

    private static ulong Mask(ColumnInfo column, string names)
    {
        ulong mask = 0;
        foreach (var name in names.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var index = IndexOf(column, name);
            mask |= index < 64 ? 1UL << index : throw Bad(column, names);
        }

        return mask;
    }

    private static ulong BigEndian(ReadOnlySpan<byte> bytes, ColumnInfo column)
    {
        if (bytes.Length > 8)
        {
            throw Bad(column, Convert.ToHexStringLower(bytes));
        }

        ulong value = 0;
        foreach (var b in bytes)
        {
            value = (value << 8) | b;
        }

        return value;
    }

    private static void WriteDecimal(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> text, FieldType type)
    {
        var fraction = Math.Clamp(type.Decimals, 0, 30);
        var precision = type.Length is > 0 and <= 65 ? (int)type.Length : 10;
        DatumWriter.WriteDecimal(writer, text, Math.Max(precision, fraction), fraction);
    }

    private static DefaultValue Number(Datum value) => new(value, []);

    private static DefaultValue Bytes(byte[] value) => new(Datum.FromRange(DatumKind.Bytes, 0, value.Length), value);

    private static DefaultValue Encoded(Action<ArrayBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        var source = writer.WrittenSpan.ToArray();
        return new DefaultValue(new DatumReader(source).Read(), source);
    }

    private static TiDBFormatException Bad(ColumnInfo column, string text) => new(
        "default of column " + column.Name, 0, $"a value of type {ColumnTypeNames.Of(column.Type)}", $"\"{text}\"");
}
