namespace Binlog.TiDB.Codec;

/// <summary>The first byte of an encoded datum: says what follows (TiDB's util/codec).</summary>
public enum DatumFlag : byte
{
    /// <summary>NULL, no payload.</summary>
    Null = 0,

    /// <summary>Memory-comparable bytes in groups of eight; keys only.</summary>
    Bytes = 1,

    /// <summary>Signed varint length, then the bytes.</summary>
    CompactBytes = 2,

    /// <summary>Eight bytes big-endian, sign bit flipped; keys only.</summary>
    Int = 3,

    /// <summary>Eight bytes big-endian; keys only.</summary>
    UInt = 4,

    /// <summary>Comparable form of a double, eight bytes.</summary>
    Float = 5,

    /// <summary>Precision, fraction, binary decimal.</summary>
    Decimal = 6,

    /// <summary>Nanoseconds, like <see cref="Int"/>.</summary>
    Duration = 7,

    /// <summary>Zig-zag LEB128.</summary>
    Varint = 8,

    /// <summary>LEB128.</summary>
    Uvarint = 9,

    /// <summary>Type code, then binary JSON.</summary>
    Json = 10,

    /// <summary>Vector of float32: little-endian count, then the elements.</summary>
    VectorFloat32 = 20,

    /// <summary>Greater than every value; range keys only.</summary>
    Max = 250,
}
