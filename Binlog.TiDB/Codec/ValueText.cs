using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Codec;

/// <summary>Prints values as UTF-8 the way MySQL and drainer do. Allocates nothing beyond what the writer does.</summary>
public static class ValueText
{
    /// <summary>Prints a value, a TIMESTAMP in UTC.</summary>
    /// <remarks>
    /// NULL and missing values print nothing: they have no text. ENUM and SET give names, BIT "0x" and hexadecimal digits, FLOAT and
    /// DOUBLE the fewest digits that give the value back, strings their bytes.
    /// </remarks>
    /// <param name="value">The datum; for kinds that refer to a buffer, offsets are into <paramref name="source"/>.</param>
    /// <param name="source">The buffer that was handed to the reader of the datum.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="writer">Gets the text.</param>
    /// <exception cref="TiDBFormatException">The value does not fit the type.</exception>
    public static void WriteText(in Datum value, ReadOnlySpan<byte> source, FieldType type, IBufferWriter<byte> writer) =>
        WriteText(value, source, type, writer, TimeZoneInfo.Utc);

    /// <summary>Prints a value, a TIMESTAMP in <paramref name="zone"/>; see the other overload.</summary>
    /// <exception cref="TiDBFormatException">The value does not fit the type.</exception>
    public static void WriteText(in Datum value, ReadOnlySpan<byte> source, FieldType type, IBufferWriter<byte> writer, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(zone);
        switch (value.Kind)
        {
            case DatumKind.Missing or DatumKind.Null:
                break;
            case DatumKind.Int64:
                WriteInt64(value.AsInt64, type, writer);
                break;
            case DatumKind.UInt64:
                WriteUInt64(value.AsUInt64, type, writer, zone);
                break;
            case DatumKind.Double:
                writer.Advance(FloatText.FormatColumn(value.AsDouble, type.Tp == ColumnType.Float, writer.GetSpan(FloatText.MaxLength)));
                break;
            case DatumKind.Bytes:
                writer.Write(value.PayloadOf(source));
                break;
            case DatumKind.Decimal:
                BinaryDecimal.WriteText(value.PayloadOf(source), writer);
                break;
            case DatumKind.Duration:
                writer.Advance(TimeSpanText.Format(value.AsInt64, type.FractionalSeconds, writer.GetSpan(TimeSpanText.MaxLength)));
                break;
            case DatumKind.Json:
                BinaryJson.WriteText(value.PayloadOf(source), writer);
                break;
            case DatumKind.ComparableBytes:
                var position = value.Offset;
                ComparableCodec.ReadBytes(source[..(value.Offset + value.Length)], ref position, writer);
                break;
            case DatumKind.Vector:
                VectorText.Write(value.PayloadOf(source), writer);
                break;
            default:
                ThrowMismatch(value, type);
                break;
        }
    }

    private static void WriteInt64(long value, FieldType type, IBufferWriter<byte> writer)
    {
        if (type.Tp == ColumnType.Time)
        {
            writer.Advance(TimeSpanText.Format(value, type.FractionalSeconds, writer.GetSpan(TimeSpanText.MaxLength)));
            return;
        }

        Utf8Formatter.TryFormat(value, writer.GetSpan(20), out var length);
        writer.Advance(length);
    }

    private static void WriteUInt64(ulong value, FieldType type, IBufferWriter<byte> writer, TimeZoneInfo zone)
    {
        switch (type.Tp)
        {
            case ColumnType.Timestamp when !ReferenceEquals(zone, TimeZoneInfo.Utc):
                writer.Advance(new PackedTime(value).FromUtc(zone).Format(writer.GetSpan(26), withTime: true, type.FractionalSeconds));
                break;
            case ColumnType.Timestamp or ColumnType.DateTime:
                writer.Advance(new PackedTime(value).Format(writer.GetSpan(26), withTime: true, type.FractionalSeconds));
                break;
            case ColumnType.Date or ColumnType.NewDate:
                writer.Advance(new PackedTime(value).Format(writer.GetSpan(10), withTime: false, 0));
                break;
            case ColumnType.Enum:
                WriteEnum(value, type, writer);
                break;
            case ColumnType.Set:
                WriteSet(value, type, writer);
                break;
            case ColumnType.Bit:
                WriteBit(value, type, writer);
                break;
            default:
                Utf8Formatter.TryFormat(value, writer.GetSpan(20), out var length);
                writer.Advance(length);
                break;
        }
    }

    private static void WriteEnum(ulong value, FieldType type, IBufferWriter<byte> writer)
    {
        if (value > (ulong)type.Elements.Count)
        {
            TiDBFormatException.Throw("ENUM value", 0, $"0 to {type.Elements.Count}", $"{value}");
        }

        if (value > 0)
        {
            Encoding.UTF8.GetBytes(type.Elements[(int)value - 1], writer);
        }
    }

    private static void WriteSet(ulong value, FieldType type, IBufferWriter<byte> writer)
    {
        if (type.Elements.Count < 64 && value >> type.Elements.Count != 0)
        {
            TiDBFormatException.Throw("SET value", 0, $"bits of {type.Elements.Count} elements", $"0x{value:x}");
        }

        var first = true;
        for (var bits = value; bits != 0; bits &= bits - 1)
        {
            if (!first)
            {
                writer.Write(","u8);
            }

            first = false;
            Encoding.UTF8.GetBytes(type.Elements[(int)ulong.TrailingZeroCount(bits)], writer);
        }
    }

    private static void WriteBit(ulong value, FieldType type, IBufferWriter<byte> writer)
    {
        var digits = (int)Math.Clamp((type.Length + 7) / 8, 1, 8) * 2;
        var room = writer.GetSpan(2 + 16);
        room[0] = (byte)'0';
        room[1] = (byte)'x';
        for (var index = 0; index < digits; index++)
        {
            room[2 + index] = "0123456789abcdef"u8[(int)(value >> (4 * (digits - 1 - index))) & 15];
        }

        writer.Advance(2 + digits);
    }

    private static void ThrowMismatch(in Datum value, FieldType type) =>
        TiDBFormatException.Throw("value", value.Offset, $"a value of type {ColumnTypeNames.Of(type)}", $"a {value.Kind} datum");
}
