using System.Globalization;
using System.Text;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// How upstream names become names in the file (docs/formats/sqlite-target.md). A table is <c>database.table</c>; in the database's
/// part the characters <c>% . :</c>, and the first letter of the reserved prefix <c>sqlite_</c>, are percent-encoded, so that the
/// first point separates, no two tables share a name, and none takes a name of ours.
/// </summary>
internal static class SqliteNames
{
    /// <summary>The checkpoint's table.</summary>
    public const string CheckpointTable = "binlogd_checkpoint";

    /// <summary>The list of replicated tables.</summary>
    public const string TableTable = "binlogd_table";

    /// <summary>The list of their columns with their upstream types.</summary>
    public const string ColumnTable = "binlogd_column";

    /// <summary>Where a table is built anew, inside one transaction.</summary>
    public const string RebuildTable = "binlogd_rebuild";

    private const string ReservedPrefix = "sqlite_";

    /// <summary>Name of a table in the file, not quoted.</summary>
    public static string Of(string schemaName, string tableName) => $"{Escape(schemaName)}.{tableName}";

    /// <summary>Name of a table in the file, not quoted.</summary>
    public static string Of(TableSchema table) => Of(table.SchemaName, table.TableName);

    /// <summary>Name of an index in the file: by IDs, which outlive renames.</summary>
    public static string OfIndex(long tableId, long indexId) => string.Create(CultureInfo.InvariantCulture, $"binlogd_{tableId}_{indexId}");

    /// <summary>Quotes an identifier.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Quotes a string literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Escape(string schemaName)
    {
        bool isReserved = schemaName.StartsWith(ReservedPrefix, StringComparison.OrdinalIgnoreCase);
        if (!isReserved && schemaName.AsSpan().IndexOfAny("%.:") < 0)
        {
            return schemaName;
        }

        var escaped = new StringBuilder(schemaName.Length + 8);
        for (int index = 0; index < schemaName.Length; index++)
        {
            char symbol = schemaName[index];
            if (symbol is '%' or '.' or ':' || (isReserved && index == 0))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"%{(int)symbol:X2}");
            }
            else
            {
                escaped.Append(symbol);
            }
        }

        return escaped.ToString();
    }
}
