namespace Binlog.TiDB.Schema;

/// <summary>The type names that drainer's outputs carry as <c>mysql_type</c>.</summary>
public static class ColumnTypeNames
{
    /// <summary>Name of a type, such as "varbinary".</summary>
    public static string Of(FieldType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var binary = type.Charset == "binary";
        return type.Tp switch
        {
            ColumnType.Decimal => "unspecified",
            ColumnType.TinyInt => "tinyint",
            ColumnType.SmallInt => "smallint",
            ColumnType.Int => "int",
            ColumnType.Float => "float",
            ColumnType.Double => "double",
            ColumnType.Null => "null",
            ColumnType.Timestamp => "timestamp",
            ColumnType.BigInt => "bigint",
            ColumnType.MediumInt => "mediumint",
            ColumnType.Date or ColumnType.NewDate => "date",
            ColumnType.Time => "time",
            ColumnType.DateTime => "datetime",
            ColumnType.Year => "year",
            ColumnType.VarChar => binary ? "varbinary" : "varchar",
            ColumnType.Bit => "bit",
            ColumnType.Vector => "vector",
            ColumnType.Json => "json",
            ColumnType.NewDecimal => "decimal",
            ColumnType.Enum => "enum",
            ColumnType.Set => "set",
            ColumnType.TinyBlob => binary ? "tinyblob" : "tinytext",
            ColumnType.MediumBlob => binary ? "mediumblob" : "mediumtext",
            ColumnType.LongBlob => binary ? "longblob" : "longtext",
            ColumnType.Blob => binary ? "blob" : "text",
            ColumnType.VarString => "var_string",
            ColumnType.String => binary ? "binary" : "char",
            ColumnType.Geometry => "geometry",
            _ => "",
        };
    }
}
