using Binlog.TiDB.Schema;

namespace Binlog.TiDB.Codec;

/// <summary>Which datum kinds a column's values come in, and the one that they are handed on as.</summary>
internal static class ColumnKinds
{
    private const uint Integers = 1u << (int)DatumKind.Int64 | 1u << (int)DatumKind.UInt64;

    /// <summary>Bit mask of the kinds that a row may hold for the type, NULL included.</summary>
    public static uint AcceptedBy(FieldType type) => (1u << (int)DatumKind.Null) | type.Tp switch
    {
        ColumnType.Float or ColumnType.Double => 1u << (int)DatumKind.Double,
        ColumnType.NewDecimal or ColumnType.Decimal => 1u << (int)DatumKind.Decimal,
        ColumnType.Time => 1u << (int)DatumKind.Int64 | 1u << (int)DatumKind.Duration,
        ColumnType.Json => 1u << (int)DatumKind.Json,
        ColumnType.Vector => 1u << (int)DatumKind.Vector,
        ColumnType.Null => 0,
        ColumnType.Geometry => 1u << (int)DatumKind.Bytes,
        _ when type.IsString => 1u << (int)DatumKind.Bytes | 1u << (int)DatumKind.ComparableBytes,
        _ => Integers,
    };

    /// <summary>The integer kind that consumers see for the type; <see cref="DatumKind.Missing"/> when it is not an integer.</summary>
    public static DatumKind IntegerKindOf(FieldType type) => type.Tp switch
    {
        ColumnType.Time => DatumKind.Duration,
        ColumnType.Year => DatumKind.Int64,
        ColumnType.Enum or ColumnType.Set or ColumnType.Bit => DatumKind.UInt64,
        _ when type.IsPackedTime => DatumKind.UInt64,
        _ when type.IsInteger => type.IsUnsigned ? DatumKind.UInt64 : DatumKind.Int64,
        _ => DatumKind.Missing,
    };
}
