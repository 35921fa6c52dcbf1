using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Writes a foreign key. Sessions of this target never enforce it: the upstream has, and sends every row that it touched.</summary>
internal static class ForeignKeyDefinition
{
    /// <summary>The CONSTRAINT clause.</summary>
    /// <param name="key">The foreign key.</param>
    /// <param name="schema">Database of its table.</param>
    public static string Write(ForeignKeyInfo key, string schema)
    {
        var text = new StringBuilder($"CONSTRAINT {SqlText.Name(key.Name)} FOREIGN KEY ({SqlText.Names(key.Columns)}) REFERENCES ");
        text.Append(SqlText.Name(key.ReferencedSchema.Length > 0 ? key.ReferencedSchema : schema, key.ReferencedTable));
        text.Append(" (").Append(SqlText.Names(key.ReferencedColumns)).Append(')');
        Append(text, " ON DELETE ", key.OnDelete);
        Append(text, " ON UPDATE ", key.OnUpdate);
        return text.ToString();
    }

    /// <summary>SET DEFAULT is left out: InnoDB refuses it.</summary>
    private static void Append(StringBuilder text, string clause, int option)
    {
        string? action = option switch
        {
            1 => "RESTRICT",
            2 => "CASCADE",
            3 => "SET NULL",
            4 => "NO ACTION",
            _ => null,
        };
        if (action is not null)
        {
            text.Append(clause).Append(action);
        }
    }
}
