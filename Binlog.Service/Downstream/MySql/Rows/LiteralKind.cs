namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>How values of a column are written and compared.</summary>
internal enum LiteralKind : byte
{
    /// <summary>Integers, YEAR, BIT, ENUM and SET: by their number, which no collation and no sql_mode reads differently.</summary>
    Number,

    /// <summary>FLOAT and DOUBLE: as a double. A FLOAT is widened exactly, which is also how servers compare one.</summary>
    Double,

    /// <summary>DECIMAL.</summary>
    Decimal,

    /// <summary>DATE, DATETIME, TIMESTAMP and TIME: quoted.</summary>
    Time,

    /// <summary>CHAR, VARCHAR and the TEXT types: quoted UTF-8.</summary>
    Text,

    /// <summary>BINARY, VARBINARY and the BLOB types: hexadecimal.</summary>
    Binary,

    /// <summary>JSON: its text, quoted.</summary>
    Json,

    /// <summary>VECTOR: its text, quoted.</summary>
    Vector,
}
