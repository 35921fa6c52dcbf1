using System.Globalization;
using System.Text;
using Binlog.MySql;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>
/// The text after DEFAULT. TiDB keeps defaults as strings of every type; those of BIT and binary columns went through JSON, which
/// replaced what is no UTF-8, so they are taken from <c>default_bit</c> or from the statement where that happened.
/// </summary>
internal static class ColumnDefault
{
    private const char Mangled = '�';

    /// <summary>Default of rows to come: text for DEFAULT, or null when none is to be stated.</summary>
    /// <param name="column">The column.</param>
    /// <param name="query">The statement that made it, for defaults that TiDB's schema lost.</param>
    /// <param name="dialect">Which server it is for.</param>
    public static string? Of(ColumnInfo column, string query, MySqlDialect dialect)
    {
        if (column.IsGenerated || column.Type.Flag.HasFlag(ColumnFlags.AutoIncrement))
        {
            return null;
        }

        if (column.Default is null && column.DefaultBit is null)
        {
            return WithoutDefault(column.Type, dialect);
        }

        string value = column.Default ?? "";
        if (column.DefaultIsExpression)
        {
            bool isSequence = value.Contains("nextval", StringComparison.OrdinalIgnoreCase);
            return dialect.AllowsExpressionDefault && (!isSequence || dialect.HasSequences) ? $"({value})" : NullOf(column.Type);
        }

        return Literal(column, value, column.DefaultBit, query, dialect) ?? NullOf(column.Type);
    }

    /// <summary>
    /// What rows that are older than the column hold: text for DEFAULT while the column is being added; null when that is what the
    /// server gives them anyway.
    /// </summary>
    /// <exception cref="NotSupportedException">The value can't be known.</exception>
    public static string? OfOlderRows(ColumnInfo column, string query, MySqlDialect dialect)
    {
        if (column.IsGenerated || (column.OriginDefault is null && column.OriginDefaultBit is null))
        {
            return null;
        }

        return IsCurrentTimestamp(column.OriginDefault ?? "", column.Type)
            ? null
            : Literal(column, column.OriginDefault ?? "", column.OriginDefaultBit, query, dialect)
                ?? (IsMangled(column.OriginDefault ?? "", column.Type) ? throw new NotSupportedException($"the default of column {SqlText.Name(column.Name)}, whose bytes TiDB's schema has lost") : null);
    }

    /// <summary><c>CURRENT_TIMESTAMP</c> with the column's fraction.</summary>
    public static string CurrentTimestamp(FieldType type) => type.FractionalSeconds > 0 ? $"CURRENT_TIMESTAMP({type.FractionalSeconds})" : "CURRENT_TIMESTAMP";

    private static string? Literal(ColumnInfo column, string value, byte[]? bits, string query, MySqlDialect dialect)
    {
        FieldType type = column.Type;
        switch (type.Tp)
        {
            case ColumnType.Bit:
                return bits is not null ? Bit(bits) : IsMangled(value, type) ? QueryDefaults.Find(query, column.Name) : Bit(Encoding.UTF8.GetBytes(value));
            case ColumnType.Timestamp or ColumnType.DateTime when IsCurrentTimestamp(value, type):
                return CurrentTimestamp(type);
            case ColumnType.Date when value.StartsWith("CURRENT_DATE", StringComparison.OrdinalIgnoreCase):
                return dialect.AllowsExpressionDefault ? "(CURRENT_DATE)" : null;
            case ColumnType.Year:
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int year) ? year.ToString(CultureInfo.InvariantCulture) : SqlText.Quote(value);
            case ColumnType.TinyBlob or ColumnType.Blob or ColumnType.MediumBlob or ColumnType.LongBlob or ColumnType.Json:
                return LongLiteral(column, value, query, dialect);
            case ColumnType.VarChar or ColumnType.VarString when !type.IsBinary && type.Length > MySqlDialect.MaxVarCharCharacters:
                return LongLiteral(column, value, query, dialect);
            default:
                return type.IsBinary ? Binary(column, value, query) : SqlText.Quote(value);
        }
    }

    /// <summary>A default of a TEXT, BLOB or JSON column: plain in MariaDB, an expression in MySQL 8, impossible elsewhere.</summary>
    private static string? LongLiteral(ColumnInfo column, string value, string query, MySqlDialect dialect)
    {
        string? literal = column.Type.IsBinary ? Binary(column, value, query) : SqlText.Quote(value);
        return dialect.Kind switch
        {
            MySqlServerKind.MariaDb when dialect.AllowsExpressionDefault => literal,
            MySqlServerKind.MySql when dialect.AllowsExpressionDefault && literal is not null => $"({literal})",
            _ => null,
        };
    }

    private static string? Binary(ColumnInfo column, string value, string query) =>
        IsMangled(value, column.Type) ? QueryDefaults.Find(query, column.Name) : SqlText.Hex(Encoding.UTF8.GetBytes(value));

    private static string Bit(ReadOnlySpan<byte> bigEndian)
    {
        ulong value = 0;
        foreach (byte part in bigEndian)
        {
            value = (value << 8) | part;
        }

        return $"b'{value:b}'";
    }

    private static string? NullOf(FieldType type) => type.NotNull ? null : "NULL";

    /// <summary>
    /// A TIMESTAMP NOT NULL without default gets one from servers that run with explicit_defaults_for_timestamp off, ON UPDATE
    /// included; stating the zero value keeps that away.
    /// </summary>
    private static string? WithoutDefault(FieldType type, MySqlDialect dialect) =>
        type is { Tp: ColumnType.Timestamp, NotNull: true } && dialect.Kind != MySqlServerKind.TiDb ? "'0000-00-00 00:00:00'" : NullOf(type);

    private static bool IsCurrentTimestamp(string value, FieldType type) =>
        type.Tp is ColumnType.Timestamp or ColumnType.DateTime && value.StartsWith("CURRENT_TIMESTAMP", StringComparison.OrdinalIgnoreCase);

    private static bool IsMangled(string value, FieldType type) => (type.IsBinary || type.Tp == ColumnType.Bit) && value.Contains(Mangled, StringComparison.Ordinal);
}
