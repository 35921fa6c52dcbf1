namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Cuts a statement into names, literals and marks; comments and white space are left out. Enough to find things in a DDL text.</summary>
internal static class SqlTokenizer
{
    /// <summary>One token. A name in backticks has its quotes removed and <paramref name="IsQuotedName"/> set; literals are kept as written.</summary>
    internal readonly record struct Token(string Text, bool IsQuotedName)
    {
        /// <summary>True for the unquoted word, in any case.</summary>
        public bool IsWord(string word) => !IsQuotedName && string.Equals(Text, word, StringComparison.OrdinalIgnoreCase);

        /// <summary>True when it can be the name, quoted or not, in any case.</summary>
        public bool IsName(string name) => string.Equals(Text, name, StringComparison.OrdinalIgnoreCase) && (IsQuotedName || Text[0] is not ('\'' or '"'));
    }

    /// <summary>All tokens, in order. Text that ends inside a quote ends the last token.</summary>
    public static List<Token> Tokenize(string sql)
    {
        var tokens = new List<Token>();
        for (int position = 0; position < sql.Length;)
        {
            char c = sql[position];
            int start = position;
            if (char.IsWhiteSpace(c))
            {
                position++;
            }
            else if (c == '#' || IsAt(sql, position, "-- "))
            {
                position = End(sql.IndexOf('\n', position), sql);
            }
            else if (IsAt(sql, position, "/*"))
            {
                int end = sql.IndexOf("*/", position, StringComparison.Ordinal);
                position = end < 0 ? sql.Length : end + 2;
            }
            else if (c == '`')
            {
                position = SkipQuoted(sql, position);
                tokens.Add(new Token(Unquote(sql[start..position]), IsQuotedName: true));
            }
            else if (c is '\'' or '"' || (c is 'b' or 'B' or 'x' or 'X' && position + 1 < sql.Length && sql[position + 1] == '\''))
            {
                position = SkipQuoted(sql, c is '\'' or '"' ? position : position + 1);
                tokens.Add(new Token(sql[start..position], IsQuotedName: false));
            }
            else
            {
                position = IsWordCharacter(c) ? SkipWord(sql, position) : position + 1;
                tokens.Add(new Token(sql[start..position], IsQuotedName: false));
            }
        }

        return tokens;
    }

    private static int SkipWord(string sql, int position)
    {
        while (position < sql.Length && IsWordCharacter(sql[position]))
        {
            position++;
        }

        return position;
    }

    private static int SkipQuoted(string sql, int position)
    {
        char quote = sql[position];
        for (position++; position < sql.Length; position++)
        {
            if (sql[position] == '\\' && quote != '`')
            {
                position++;
            }
            else if (sql[position] == quote)
            {
                if (position + 1 >= sql.Length || sql[position + 1] != quote)
                {
                    return position + 1;
                }

                position++;
            }
        }

        return sql.Length;
    }

    private static string Unquote(string name) => name[1..Math.Max(1, name.Length - 1)].Replace("``", "`", StringComparison.Ordinal);

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' || c > 127;

    private static bool IsAt(string sql, int position, string text) => string.CompareOrdinal(sql, position, text, 0, text.Length) == 0;

    private static int End(int found, string sql) => found < 0 ? sql.Length : found + 1;
}
