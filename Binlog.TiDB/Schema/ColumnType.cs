namespace Binlog.TiDB.Schema;

/// <summary>MySQL's protocol type codes, as FieldType.Tp carries them.</summary>
public enum ColumnType : byte
{
    /// <summary>Unspecified or the old decimal.</summary>
    Decimal = 0,
    TinyInt = 1,
    SmallInt = 2,
    Int = 3,
    Float = 4,
    Double = 5,
    Null = 6,
    Timestamp = 7,
    BigInt = 8,
    MediumInt = 9,
    Date = 10,

    /// <summary>TIME.</summary>
    Time = 11,
    DateTime = 12,
    Year = 13,
    NewDate = 14,

    /// <summary>VARCHAR and VARBINARY.</summary>
    VarChar = 15,
    Bit = 16,

    /// <summary>VECTOR, TiDB 8.4 and later; never in binlogs.</summary>
    Vector = 225,
    Json = 245,

    /// <summary>DECIMAL.</summary>
    NewDecimal = 246,
    Enum = 247,
    Set = 248,
    TinyBlob = 249,
    MediumBlob = 250,
    LongBlob = 251,
    Blob = 252,
    VarString = 253,

    /// <summary>CHAR and BINARY.</summary>
    String = 254,
    Geometry = 255,
}
