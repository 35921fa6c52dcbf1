namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>
/// Finds the default of a column in the text of the statement that defines it, for BIT and binary defaults whose bytes TiDB's
/// JSON did not keep (TiDB before <c>default_bit</c>, and binary strings in every version).
/// </summary>
internal static class QueryDefaults
{
    /// <summary>The literal after DEFAULT in the column's definition, as written; null when there is none that stands for bytes.</summary>
    public static string? Find(string query, string column)
    {
        List<SqlTokenizer.Token> tokens = SqlTokenizer.Tokenize(query);
        for (int index = 1; index < tokens.Count; index++)
        {
            bool startsDefinition = tokens[index - 1].Text is "(" or "," || tokens[index - 1].IsWord("column") || tokens[index - 1].IsWord("add") || tokens[index - 1].IsWord("modify");
            if (startsDefinition && tokens[index].IsName(column) && DefaultAfter(tokens, index) is { } literal)
            {
                return literal;
            }
        }

        return null;
    }

    private static string? DefaultAfter(List<SqlTokenizer.Token> tokens, int index)
    {
        int depth = 0;
        for (index++; index + 1 < tokens.Count; index++)
        {
            depth += tokens[index].Text switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth < 0 || (depth == 0 && tokens[index].Text == ","))
            {
                return null;
            }

            if (depth == 0 && tokens[index].IsWord("default"))
            {
                return IsBytes(tokens[index + 1].Text) ? tokens[index + 1].Text : null;
            }
        }

        return null;
    }

    private static bool IsBytes(string literal) =>
        literal.StartsWith("0x", StringComparison.Ordinal) || literal.StartsWith("0b", StringComparison.Ordinal)
        || (literal.Length > 2 && literal[0] is 'b' or 'B' or 'x' or 'X' && literal[1] == '\'') || (literal.Length > 0 && char.IsAsciiDigit(literal[0]));
}
