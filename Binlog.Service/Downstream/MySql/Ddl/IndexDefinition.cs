using System.Globalization;
using System.Text;
using Binlog.MySql;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Writes an index, as a clause of CREATE TABLE or after ADD.</summary>
internal static class IndexDefinition
{
    private const int BytesPerCharacter = 4;

    /// <summary>The clause, or null when the target can't have such an index and doesn't need it for its rows.</summary>
    /// <remarks>
    /// An index over an expression is left out where the server has none: it makes nothing right that the upstream hasn't checked.
    /// Text in the target takes four bytes a character, so a key that is not unique gets shorter prefixes where it would not fit.
    /// </remarks>
    public static string? Write(IndexInfo index, TableInfo table, MySqlDialect dialect)
    {
        var parts = new List<string>(index.Columns.Count);
        int[] lengths = FitLengths(index, table, dialect);
        for (int position = 0; position < index.Columns.Count; position++)
        {
            IndexColumn part = index.Columns[position];
            ColumnInfo? column = Find(table, part.Name);
            if (column is { Hidden: true, IsGenerated: true })
            {
                if (!dialect.AllowsExpressionIndex)
                {
                    return null;
                }

                parts.Add($"({column.GeneratedExpression})");
                continue;
            }

            parts.Add(lengths[position] > 0 ? string.Create(CultureInfo.InvariantCulture, $"{SqlText.Name(part.Name)}({lengths[position]})") : SqlText.Name(part.Name));
        }

        var text = new StringBuilder(index.IsPrimary ? "PRIMARY KEY" : index.IsUnique ? $"UNIQUE KEY {SqlText.Name(index.Name)}" : $"KEY {SqlText.Name(index.Name)}");
        text.Append(" (").AppendJoin(", ", parts).Append(')');
        if (index.Comment.Length > 0)
        {
            text.Append(" COMMENT ").Append(SqlText.Quote(index.Comment));
        }

        if (index.IsInvisible && dialect.AllowsInvisibleIndex)
        {
            text.Append(" INVISIBLE");
        }

        return text.ToString();
    }

    /// <summary>The primary key that is the row's handle: such a key has no index in TiDB.</summary>
    public static string? OfHandle(TableInfo table)
    {
        ColumnInfo? handle = table.PkIsHandle ? table.Columns.FirstOrDefault(column => column.IsPublic && column.Type.IsPrimaryKey) : null;
        return handle is null ? null : $"PRIMARY KEY ({SqlText.Name(handle.Name)})";
    }

    private static int[] FitLengths(IndexInfo index, TableInfo table, MySqlDialect dialect)
    {
        int[] lengths = [.. index.Columns.Select(part => part.IsPrefix ? part.Length : 0)];
        if (index.IsUnique || dialect.Kind == MySqlServerKind.TiDb)
        {
            return lengths;
        }

        int[] bytes = [.. index.Columns.Select(part => BytesOf(part, Find(table, part.Name)))];
        while (bytes.Sum() > MySqlDialect.MaxKeyBytes)
        {
            int widest = Array.IndexOf(bytes, bytes.Max());
            int room = MySqlDialect.MaxKeyBytes - (bytes.Sum() - bytes[widest]);
            int characterBytes = Find(table, index.Columns[widest].Name)?.Type.IsBinary == true ? 1 : BytesPerCharacter;
            int fitted = Math.Max(Math.Max(room, bytes[widest] / 2) / characterBytes, 1);
            if (fitted * characterBytes >= bytes[widest])
            {
                break;
            }

            lengths[widest] = fitted;
            bytes[widest] = fitted * characterBytes;
        }

        return lengths;
    }

    private static int BytesOf(IndexColumn part, ColumnInfo? column)
    {
        if (column is null || !column.Type.IsString)
        {
            return 8;
        }

        long length = part.IsPrefix ? part.Length : column.Type.Length;
        return (int)Math.Min(int.MaxValue / 64, length * (column.Type.IsBinary ? 1 : BytesPerCharacter));
    }

    private static ColumnInfo? Find(TableInfo table, string name) =>
        table.Columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase));
}
