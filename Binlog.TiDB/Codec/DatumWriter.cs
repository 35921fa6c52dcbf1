using System.Buffers;
using System.Text;

namespace Binlog.TiDB.Codec;

/// <summary>Writes datums: the forms of row values, and the memory-comparable forms of keys.</summary>
public static class DatumWriter
{
    /// <summary>NULL, in both forms.</summary>
    public static void WriteNull(IBufferWriter<byte> writer) => WriteFlag(writer, DatumFlag.Null);

    /// <summary>A signed integer as a row value; also TIME in nanoseconds and YEAR.</summary>
    public static void WriteInt64(IBufferWriter<byte> writer, long value)
    {
        WriteFlag(writer, DatumFlag.Varint);
        Varint.WriteSigned(writer, value);
    }

    /// <summary>An unsigned integer as a row value; also packed times, enum, set and bit.</summary>
    public static void WriteUInt64(IBufferWriter<byte> writer, ulong value)
    {
        WriteFlag(writer, DatumFlag.Uvarint);
        Varint.WriteUnsigned(writer, value);
    }

    /// <summary>A double, in both forms.</summary>
    public static void WriteDouble(IBufferWriter<byte> writer, double value)
    {
        WriteFlag(writer, DatumFlag.Float);
        ComparableCodec.WriteDouble(writer, value);
    }

    /// <summary>Bytes as a row value.</summary>
    public static void WriteBytes(IBufferWriter<byte> writer, ReadOnlySpan<byte> value)
    {
        WriteFlag(writer, DatumFlag.CompactBytes);
        Varint.WriteSigned(writer, value.Length);
        writer.Write(value);
    }

    /// <summary>Text as a row value.</summary>
    public static void WriteText(IBufferWriter<byte> writer, ReadOnlySpan<char> value)
    {
        WriteFlag(writer, DatumFlag.CompactBytes);
        Varint.WriteSigned(writer, Encoding.UTF8.GetByteCount(value));
        Encoding.UTF8.GetBytes(value, writer);
    }

    /// <summary>A decimal given as text, in both forms.</summary>
    /// <exception cref="TiDBFormatException">The text is no number of that many digits.</exception>
    public static void WriteDecimal(IBufferWriter<byte> writer, ReadOnlySpan<byte> text, int precision, int fraction)
    {
        WriteFlag(writer, DatumFlag.Decimal);
        BinaryDecimal.Encode(text, precision, fraction, writer);
    }

    /// <summary>A duration in nanoseconds, in both forms; rows store TIME as a signed integer instead.</summary>
    public static void WriteDuration(IBufferWriter<byte> writer, long nanoseconds)
    {
        WriteFlag(writer, DatumFlag.Duration);
        ComparableCodec.WriteInt64(writer, nanoseconds);
    }

    /// <summary>A JSON document given as text.</summary>
    /// <exception cref="TiDBFormatException">The text is no JSON.</exception>
    public static void WriteJson(IBufferWriter<byte> writer, ReadOnlySpan<byte> text, bool unsignedIntegers = true)
    {
        WriteFlag(writer, DatumFlag.Json);
        BinaryJson.Encode(text, writer, unsignedIntegers);
    }

    /// <summary>A signed integer in a key.</summary>
    public static void WriteKeyInt64(IBufferWriter<byte> writer, long value)
    {
        WriteFlag(writer, DatumFlag.Int);
        ComparableCodec.WriteInt64(writer, value);
    }

    /// <summary>An unsigned integer in a key.</summary>
    public static void WriteKeyUInt64(IBufferWriter<byte> writer, ulong value)
    {
        WriteFlag(writer, DatumFlag.UInt);
        ComparableCodec.WriteUInt64(writer, value);
    }

    /// <summary>Bytes in a key.</summary>
    public static void WriteKeyBytes(IBufferWriter<byte> writer, ReadOnlySpan<byte> value)
    {
        WriteFlag(writer, DatumFlag.Bytes);
        ComparableCodec.WriteBytes(writer, value);
    }

    /// <summary>Writes a datum that was read, as a row value.</summary>
    /// <param name="writer">Gets flag and payload.</param>
    /// <param name="value">Any kind that rows can hold.</param>
    /// <param name="source">The buffer that the datum refers to.</param>
    /// <exception cref="ArgumentException">The datum is missing, or only keys can hold it.</exception>
    public static void Write(IBufferWriter<byte> writer, in Datum value, ReadOnlySpan<byte> source)
    {
        switch (value.Kind)
        {
            case DatumKind.Null:
                WriteNull(writer);
                break;
            case DatumKind.Int64 or DatumKind.Duration:
                WriteInt64(writer, value.AsInt64);
                break;
            case DatumKind.UInt64:
                WriteUInt64(writer, value.AsUInt64);
                break;
            case DatumKind.Double:
                WriteDouble(writer, value.AsDouble);
                break;
            case DatumKind.Bytes:
                WriteBytes(writer, value.PayloadOf(source));
                break;
            case DatumKind.Decimal:
                WriteFlag(writer, DatumFlag.Decimal);
                writer.Write(value.PayloadOf(source));
                break;
            case DatumKind.Json:
                WriteFlag(writer, DatumFlag.Json);
                writer.Write(value.PayloadOf(source));
                break;
            case DatumKind.Vector:
                WriteFlag(writer, DatumFlag.VectorFloat32);
                writer.Write(value.PayloadOf(source));
                break;
            default:
                throw new ArgumentException($"A row can't hold a datum of kind {value.Kind}.", nameof(value));
        }
    }

    internal static void WriteFlag(IBufferWriter<byte> writer, DatumFlag flag)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.GetSpan(1)[0] = (byte)flag;
        writer.Advance(1);
    }
}
