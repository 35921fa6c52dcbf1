using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>
/// A hash over the definitions of objects: whether a DDL statement took effect before a crash shows in whether it has changed.
/// </summary>
internal static partial class Fingerprint
{
    /// <summary>Hashes the objects as they are now.</summary>
    /// <returns>64 hexadecimal digits.</returns>
    /// <exception cref="MySqlException">A definition can't be read.</exception>
    public static async Task<string> OfAsync(MySqlConnection connection, IReadOnlyList<DdlObject> objects, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (DdlObject item in objects)
        {
            text.Append(await DefinitionAsync(connection, item, cancellationToken).ConfigureAwait(false)).Append('\0');
            if (item is { WithContent: true, Table: not null })
            {
                string checksum = $"{(connection.Server.Kind == MySqlServerKind.TiDb ? "ADMIN " : "")}CHECKSUM TABLE {SqlText.Name(item.Schema, item.Table)}";
                text.Append(await QueryAsync(connection, checksum, cancellationToken).ConfigureAwait(false)).Append('\0');
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static Task<string> DefinitionAsync(MySqlConnection connection, DdlObject item, CancellationToken cancellationToken) => QueryAsync(
        connection,
        item.Table is null ? $"SHOW CREATE DATABASE {SqlText.Name(item.Schema)}" : $"SHOW CREATE TABLE {SqlText.Name(item.Schema, item.Table)}",
        cancellationToken);

    private static async Task<string> QueryAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        try
        {
            var text = new StringBuilder();
            MySqlRowReader reader = await connection.QueryAsync(sql, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    for (int column = 0; column < reader.Columns.Count; column++)
                    {
                        text.Append(reader.GetString(column)).Append('\u0001');
                    }
                }
            }

            return Counter().Replace(text.ToString(), "");
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error))
        {
            return "absent";
        }
    }

    /// <summary>The counter moves with rows, and a crash may set it back: it says nothing about a DDL statement.</summary>
    [GeneratedRegex(" AUTO_INCREMENT=[0-9]+")]
    private static partial Regex Counter();
}
