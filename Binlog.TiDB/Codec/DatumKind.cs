namespace Binlog.TiDB.Codec;

/// <summary>What a <see cref="Datum"/> holds.</summary>
public enum DatumKind : byte
{
    /// <summary>The column is absent from the row; <see cref="DefaultValues"/> says what that means.</summary>
    Missing = 0,

    /// <summary>SQL NULL.</summary>
    Null = 1,

    /// <summary><see cref="Datum.AsInt64"/>.</summary>
    Int64 = 2,

    /// <summary><see cref="Datum.AsUInt64"/>; also packed times, enum, set and bit values.</summary>
    UInt64 = 3,

    /// <summary><see cref="Datum.AsDouble"/>.</summary>
    Double = 4,

    /// <summary>Raw bytes at <see cref="Datum.Offset"/>.</summary>
    Bytes = 5,

    /// <summary>Precision byte, fraction byte and binary decimal at <see cref="Datum.Offset"/>.</summary>
    Decimal = 6,

    /// <summary>Nanoseconds in <see cref="Datum.AsInt64"/>.</summary>
    Duration = 7,

    /// <summary>Type code byte and binary JSON at <see cref="Datum.Offset"/>.</summary>
    Json = 8,

    /// <summary>Groups of the memory-comparable form at <see cref="Datum.Offset"/>; only in keys.</summary>
    ComparableBytes = 9,

    /// <summary>Element count and float32 elements, little-endian, at <see cref="Datum.Offset"/>.</summary>
    Vector = 10,

    /// <summary>Greater than every value; only in range keys.</summary>
    MaxValue = 11,
}
