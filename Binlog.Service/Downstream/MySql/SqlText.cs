using System.Text;

namespace Binlog.Service.Downstream.MySql;

/// <summary>Names and values as they stand in a statement. For DDL and messages; rows are written by <see cref="Rows.SqlBuffer"/>.</summary>
internal static class SqlText
{
    private const int ExcerptLength = 200;

    /// <summary>A name in backticks.</summary>
    public static string Name(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>A table with its database, both in backticks.</summary>
    public static string Name(string schema, string table) => $"{Name(schema)}.{Name(table)}";

    /// <summary>Names in backticks, separated by commas.</summary>
    public static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(Name));

    /// <summary>A string literal for a session whose sql_mode lacks NO_BACKSLASH_ESCAPES.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('\'');
        foreach (char c in text)
        {
            quoted.Append(c switch
            {
                '\'' => "''",
                '\\' => @"\\",
                '\0' => @"\0",
                _ => null,
            });
            if (c is not ('\'' or '\\' or '\0'))
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('\'').ToString();
    }

    /// <summary>A binary literal, <c>x'00ff'</c>.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => $"x'{Convert.ToHexStringLower(bytes)}'";

    /// <summary>A statement made short enough for a message.</summary>
    public static string Excerpt(string statement)
    {
        string line = statement.ReplaceLineEndings(" ").Trim();
        return line.Length <= ExcerptLength ? line : $"{line.AsSpan(0, ExcerptLength)}…";
    }
}
