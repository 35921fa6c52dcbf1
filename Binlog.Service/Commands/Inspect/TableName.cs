using System.Globalization;

namespace Binlog.Service.Commands.Inspect;

/// <summary>A table by name or by ID.</summary>
/// <param name="Schema">Name of the database; null for one given by ID.</param>
/// <param name="Table">Name of the table.</param>
/// <param name="Id">The ID; null for one given by name.</param>
internal sealed record TableName(string? Schema, string Table, long? Id)
{
    /// <summary>Reads <c>db.table</c> or an ID; null when it is neither.</summary>
    public static TableName? TryParse(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id))
        {
            return new TableName(null, text, id);
        }

        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && dot < text.Length - 1 ? new TableName(text[..dot].Trim('`'), text[(dot + 1)..].Trim('`'), null) : null;
    }

    /// <summary>Whether a table is it.</summary>
    public bool Matches(string? schema, string? table, long id) => Id is { } wanted
        ? wanted == id
        : string.Equals(Schema, schema, StringComparison.OrdinalIgnoreCase) && string.Equals(Table, table, StringComparison.OrdinalIgnoreCase);
}
