using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>How a column's values are kept in the file.</summary>
internal enum SqliteStorage
{
    /// <summary>INTEGER: integers that always fit 63 bits and a sign, YEAR, short BIT.</summary>
    Integer,

    /// <summary>INTEGER up to 2^63 - 1, TEXT of decimal digits above: BIGINT UNSIGNED and BIT(64).</summary>
    Unsigned,

    /// <summary>REAL: FLOAT (the value of its 32 bits) and DOUBLE.</summary>
    Real,

    /// <summary>TEXT as the upstream prints it: decimals, times, names of ENUM and SET, JSON, VECTOR.</summary>
    Printed,

    /// <summary>TEXT; a BLOB when the bytes are no UTF-8.</summary>
    Text,

    /// <summary>BLOB.</summary>
    Binary,
}

/// <summary>Which storage a type has.</summary>
internal static class SqliteStorages
{
    /// <summary>The storage of a type's values.</summary>
    public static SqliteStorage Of(FieldType type) => type.Tp switch
    {
        ColumnType.BigInt when type.IsUnsigned => SqliteStorage.Unsigned,
        ColumnType.Bit when type.Length > 63 => SqliteStorage.Unsigned,
        ColumnType.Bit or ColumnType.Year => SqliteStorage.Integer,
        ColumnType.Float or ColumnType.Double => SqliteStorage.Real,
        ColumnType.Geometry => SqliteStorage.Binary,
        _ when type.IsInteger => SqliteStorage.Integer,
        _ when type.IsBinary => SqliteStorage.Binary,
        _ when type.IsString => SqliteStorage.Text,
        _ => SqliteStorage.Printed,
    };

    /// <summary>
    /// The declared type, chosen so that its affinity never changes what is bound: a column that may hold integers and text has none.
    /// </summary>
    public static string DeclaredType(this SqliteStorage storage) => storage switch
    {
        SqliteStorage.Integer => "INTEGER",
        SqliteStorage.Unsigned => "",
        SqliteStorage.Real => "REAL",
        SqliteStorage.Binary => "BLOB",
        _ => "TEXT",
    };
}
