using System.Diagnostics.CodeAnalysis;

namespace Binlog.MySql;

/// <summary>Column types as numbered by the protocol. Values arrive as text whatever the type.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The protocol's names.")]
public enum MySqlColumnType
{
    Decimal = 0x00,
    TinyInt = 0x01,
    SmallInt = 0x02,
    Int = 0x03,
    Float = 0x04,
    Double = 0x05,
    Null = 0x06,
    Timestamp = 0x07,
    BigInt = 0x08,
    MediumInt = 0x09,
    Date = 0x0A,
    Time = 0x0B,
    DateTime = 0x0C,
    Year = 0x0D,
    NewDate = 0x0E,
    VarChar = 0x0F,
    Bit = 0x10,
    Timestamp2 = 0x11,
    DateTime2 = 0x12,
    Time2 = 0x13,
    Vector = 0xF2,
    Json = 0xF5,
    NewDecimal = 0xF6,
    Enum = 0xF7,
    Set = 0xF8,
    TinyBlob = 0xF9,
    MediumBlob = 0xFA,
    LongBlob = 0xFB,
    Blob = 0xFC,
    VarString = 0xFD,
    String = 0xFE,
    Geometry = 0xFF,
}
