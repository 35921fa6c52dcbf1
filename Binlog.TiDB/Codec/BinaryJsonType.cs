namespace Binlog.TiDB.Codec;

/// <summary>Type codes of binary JSON.</summary>
public enum BinaryJsonType : byte
{
    None = 0,
    Object = 0x01,
    Array = 0x03,
    Literal = 0x04,
    Int64 = 0x09,
    UInt64 = 0x0a,
    Double = 0x0b,
    String = 0x0c,

    /// <summary>Bytes of another MySQL type.</summary>
    Opaque = 0x0d,
    Date = 0x0e,
    DateTime = 0x0f,
    Timestamp = 0x10,
    Duration = 0x11,
}
