namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Finds the names in RENAME TABLE a TO b, c TO d: a swap may leave every definition as it was, so it must be known which tables took part.</summary>
internal static class RenamedTables
{
    /// <summary>Old and new names, in the order of the text. Empty when it is no such statement.</summary>
    public static List<DdlObject> Find(string query, string schema)
    {
        List<SqlTokenizer.Token> tokens = SqlTokenizer.Tokenize(query);
        List<DdlObject> objects = [];
        if (tokens.Count < 2 || !tokens[0].IsWord("rename") || !(tokens[1].IsWord("table") || tokens[1].IsWord("tables")))
        {
            return objects;
        }

        for (int index = 2; index < tokens.Count; index++)
        {
            string text = tokens[index].Text;
            if (!tokens[index].IsQuotedName && (text is "," or ";" or "." || tokens[index].IsWord("to")))
            {
                continue;
            }

            bool isQualified = index + 2 < tokens.Count && tokens[index + 1] is { Text: ".", IsQuotedName: false };
            DdlObject found = isQualified ? new DdlObject(text, tokens[index + 2].Text, WithContent: true) : new DdlObject(schema, text, WithContent: true);
            index += isQualified ? 2 : 0;
            if (!objects.Contains(found))
            {
                objects.Add(found);
            }
        }

        return objects;
    }
}
