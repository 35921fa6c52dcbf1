using System.Globalization;
using System.Text;
using Binlog.MySql;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>
/// Writes a column's definition with everything stated, so that no default of the server takes part: type, character set,
/// collation, NULL or NOT NULL, DEFAULT, ON UPDATE, AUTO_INCREMENT, COMMENT.
/// </summary>
internal static class ColumnDefinition
{
    /// <summary>The definition without the name.</summary>
    /// <param name="column">The column.</param>
    /// <param name="defaultText">What <see cref="ColumnDefault"/> gives for it, or another default to be stated in its place; null for none.</param>
    /// <param name="dialect">Which server it is for.</param>
    public static string Write(ColumnInfo column, string? defaultText, MySqlDialect dialect)
    {
        var text = new StringBuilder(TypeOf(column.Type, dialect));
        if (column.IsGenerated)
        {
            text.Append(CultureInfo.InvariantCulture, $" GENERATED ALWAYS AS ({column.GeneratedExpression}) {(column.GeneratedStored ? "STORED" : "VIRTUAL")}");
            if (dialect.AllowsNotNullGenerated)
            {
                text.Append(column.Type.NotNull ? " NOT NULL" : " NULL");
            }
        }
        else
        {
            text.Append(column.Type.NotNull ? " NOT NULL" : " NULL");
            AppendValueRules(text, column, defaultText);
        }

        if (column.Comment.Length > 0)
        {
            text.Append(" COMMENT ").Append(SqlText.Quote(column.Comment));
        }

        return text.ToString();
    }

    private static void AppendValueRules(StringBuilder text, ColumnInfo column, string? defaultText)
    {
        FieldType type = column.Type;
        if (type.Flag.HasFlag(ColumnFlags.AutoIncrement))
        {
            text.Append(" AUTO_INCREMENT");
            return;
        }

        if (defaultText is not null)
        {
            text.Append(" DEFAULT ").Append(defaultText);
        }

        if (type.Flag.HasFlag(ColumnFlags.OnUpdateNow))
        {
            text.Append(" ON UPDATE ").Append(ColumnDefault.CurrentTimestamp(type));
        }
    }

    private static string TypeOf(FieldType type, MySqlDialect dialect) => type.Tp switch
    {
        ColumnType.TinyInt => Integer("tinyint", type),
        ColumnType.SmallInt => Integer("smallint", type),
        ColumnType.MediumInt => Integer("mediumint", type),
        ColumnType.Int => Integer("int", type),
        ColumnType.BigInt => Integer("bigint", type),
        ColumnType.Float => Number(type.Decimals >= 0 ? $"float({type.Length},{type.Decimals})" : "float", type),
        ColumnType.Double => Number(type.Decimals >= 0 ? $"double({type.Length},{type.Decimals})" : "double", type),
        ColumnType.Decimal or ColumnType.NewDecimal => Number($"decimal({type.Length},{Math.Max(0, type.Decimals)})", type),
        ColumnType.Bit => $"bit({Math.Max(1, type.Length)})",
        ColumnType.Year => "year",
        ColumnType.Date or ColumnType.NewDate => "date",
        ColumnType.DateTime => WithFraction("datetime", type),
        ColumnType.Timestamp => WithFraction("timestamp", type),
        ColumnType.Time => WithFraction("time", type),
        ColumnType.Json => "json",
        ColumnType.Vector when dialect.HasVectorType => type.Length > 0 ? $"vector({type.Length})" : "vector",
        ColumnType.Vector => "longtext",
        ColumnType.Enum => $"enum({Elements(type)}) {dialect.CharsetClause(type.Charset, type.Collate)}",
        ColumnType.Set => $"set({Elements(type)}) {dialect.CharsetClause(type.Charset, type.Collate)}",
        ColumnType.String => type.IsBinary ? $"binary({type.Length})" : Text($"char({type.Length})", type, dialect),
        ColumnType.VarChar or ColumnType.VarString => VarChar(type, dialect),
        ColumnType.TinyBlob => type.IsBinary ? "tinyblob" : Text("tinytext", type, dialect),
        ColumnType.Blob => type.IsBinary ? "blob" : Text("text", type, dialect),
        ColumnType.MediumBlob => type.IsBinary ? "mediumblob" : Text("mediumtext", type, dialect),
        ColumnType.LongBlob => type.IsBinary ? "longblob" : Text("longtext", type, dialect),
        _ => throw new NotSupportedException($"column type {type.Tp}"),
    };

    /// <summary>
    /// A VARCHAR of a narrower character set can be longer than one of utf8mb4; such a column becomes MEDIUMTEXT, which holds it.
    /// </summary>
    private static string VarChar(FieldType type, MySqlDialect dialect)
    {
        if (type.IsBinary)
        {
            return $"varbinary({type.Length})";
        }

        return Text(type.Length > MySqlDialect.MaxVarCharCharacters && dialect.Kind != MySqlServerKind.TiDb ? "mediumtext" : $"varchar({type.Length})", type, dialect);
    }

    private static string Text(string name, FieldType type, MySqlDialect dialect) => $"{name} {dialect.CharsetClause(type.Charset, type.Collate)}";

    private static string Integer(string name, FieldType type) => Number(type.Length > 0 ? $"{name}({type.Length})" : name, type);

    private static string Number(string name, FieldType type) =>
        name + (type.IsUnsigned ? " unsigned" : "") + (type.Flag.HasFlag(ColumnFlags.ZeroFill) ? " zerofill" : "");

    private static string WithFraction(string name, FieldType type) => type.Decimals > 0 ? $"{name}({type.Decimals})" : name;

    private static string Elements(FieldType type) => string.Join(",", type.Elements.Select(SqlText.Quote));
}
