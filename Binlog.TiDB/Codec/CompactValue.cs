using System.Buffers.Binary;
using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Codec;

/// <summary>
/// Reads a value of a <see cref="CompactRow"/>, which has no flag of its own: the column's type says what the bytes are. Source: TiDB's rowcodec package.
/// </summary>
internal static class CompactValue
{
    /// <summary>The value in the kind of its column.</summary>
    /// <param name="source">The buffer.</param>
    /// <param name="offset">Where the value starts.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="type">The column's type.</param>
    /// <exception cref="TiDBFormatException">The bytes don't fit the type.</exception>
    public static Datum Read(ReadOnlySpan<byte> source, int offset, int length, FieldType type)
    {
        ReadOnlySpan<byte> bytes = source.Slice(offset, length);
        switch (ColumnKinds.IntegerKindOf(type))
        {
            case DatumKind.Int64:
                return Datum.FromInt64(ReadSigned(bytes, offset));
            case DatumKind.UInt64:
                return Datum.FromUInt64(ReadUnsigned(bytes, offset));
            case DatumKind.Duration:
                return Datum.FromDuration(ReadSigned(bytes, offset));
        }

        switch (type.Tp)
        {
            case ColumnType.Float or ColumnType.Double:
                Require(offset, 8, length);
                return Datum.FromDouble(ComparableCodec.ReadDouble(source, ref offset));
            case ColumnType.Decimal or ColumnType.NewDecimal:
                Require(offset, BinaryDecimal.Measure(bytes, 0), length);
                return Datum.FromRange(DatumKind.Decimal, offset, length);
            case ColumnType.Json:
                Require(offset, BinaryJson.Measure(bytes, 0), length);
                return Datum.FromRange(DatumKind.Json, offset, length);
            case ColumnType.Vector:
                Require(offset, length < 4 ? 4 : 4 + 4L * BinaryPrimitives.ReadUInt32LittleEndian(bytes), length);
                return Datum.FromRange(DatumKind.Vector, offset, length);
            default:
                return Datum.FromRange(DatumKind.Bytes, offset, length);
        }
    }

    private static long ReadSigned(ReadOnlySpan<byte> bytes, int offset) => bytes.Length switch
    {
        1 => (sbyte)bytes[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        8 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => ThrowLength(bytes, offset),
    };

    private static ulong ReadUnsigned(ReadOnlySpan<byte> bytes, int offset) => bytes.Length switch
    {
        1 => bytes[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => (ulong)ThrowLength(bytes, offset),
    };

    private static long ThrowLength(ReadOnlySpan<byte> bytes, int offset)
    {
        TiDBFormatException.Throw("integer in a row of version 128", offset, "1, 2, 4 or 8 bytes", $"{bytes.Length}");
        return 0;
    }

    private static void Require(int offset, long expected, int length)
    {
        if (length != expected)
        {
            TiDBFormatException.Throw("value in a row of version 128", offset, $"{expected} bytes", $"{length}");
        }
    }
}
