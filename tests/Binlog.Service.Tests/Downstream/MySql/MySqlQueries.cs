using System.Text;
using Binlog.MySql;

namespace Binlog.Service.Tests.Downstream.MySql;

/// <summary>Reading results whole.</summary>
internal static class MySqlQueries
{
    /// <summary>Every row as one line: values separated by a bar, NULL as ∅, bytes that are no UTF-8 as hexadecimal digits.</summary>
    public static async Task<List<string>> RowsAsync(this MySqlConnection connection, string sql)
    {
        List<string> rows = [];
        MySqlRowReader reader = await connection.QueryAsync(sql, default);
        await using (reader)
        {
            while (await reader.ReadAsync(default))
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.Columns.Count).Select(column => Text(reader, column))));
            }
        }

        return rows;
    }

    /// <summary>All rows of a table, sorted by their text.</summary>
    public static async Task<List<string>> SortedRowsAsync(this MySqlConnection connection, string table)
    {
        List<string> rows = await connection.RowsAsync($"SELECT * FROM {table}");
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    private static string Text(MySqlRowReader reader, int column)
    {
        if (reader.IsNull(column))
        {
            return "∅";
        }

        ReadOnlySpan<byte> bytes = reader.GetBytes(column);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : $"0x{Convert.ToHexStringLower(bytes)}";
    }
}
