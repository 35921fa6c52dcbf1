using System.Globalization;
using System.Runtime.CompilerServices;
using Binlog.MySql;
using Binlog.Service.Downstream.Verification;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql;

/// <summary>The tables of a MySQL, MariaDB or TiDB target, read beside the Drainer that may be writing to it.</summary>
internal sealed class MySqlTableSource : ITableSource, IAsyncDisposable
{
    private readonly MySqlConnection _connection;
    private readonly IReadOnlyCollection<string> _databases;

    private MySqlTableSource(MySqlConnection connection, IReadOnlyCollection<string> databases)
    {
        _connection = connection;
        _databases = databases;
    }

    /// <summary>Connects.</summary>
    /// <param name="options">The server.</param>
    /// <param name="databases">The replicated databases; others of the server are nobody's business here.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="TargetException">The server can't be reached or refuses.</exception>
    public static async Task<MySqlTableSource> OpenAsync(MySqlConnectionOptions options, IReadOnlyCollection<string> databases, CancellationToken cancellationToken)
    {
        MySqlConnection? connection = null;
        try
        {
            connection = await MySqlConnection.OpenAsync(options, cancellationToken);
            foreach (string setting in SessionSettings.Required)
            {
                await connection.ExecuteAsync(setting, cancellationToken);
            }

            return new MySqlTableSource(connection, databases);
        }
        catch (MySqlException exception)
        {
            await (connection?.DisposeAsync() ?? default);
            throw MySqlErrors.Explain($"MySQL at {options}", "connecting to compare", exception);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<(string Schema, string Table)>> ReadTablesAsync(CancellationToken cancellationToken)
    {
        var tables = new List<(string, string)>();
        string names = string.Join(", ", _databases.Select(SqlText.Quote));
        await using MySqlRowReader rows = await _connection.QueryAsync(
            $"SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema IN ({names})",
            cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            tables.Add((rows.GetString(0)!, rows.GetString(1)!));
        }

        return tables;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> ReadColumnsAsync(TableSchema table, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        await using MySqlRowReader rows = await _connection.QueryAsync(
            $"SELECT column_name FROM information_schema.columns WHERE table_schema = {SqlText.Quote(table.SchemaName)} AND table_name = {SqlText.Quote(table.TableName)}",
            cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            names.Add(rows.GetString(0)!);
        }

        return [.. Enumerable.Range(0, table.Columns.Length).Where(index => names.Contains(table.Columns[index].Name))];
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?[]> ReadRowsAsync(TableSchema table, IReadOnlyList<int> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string names = string.Join(", ", columns.Select(column => Expression(table.Columns[column])));
        await using MySqlRowReader rows = await _connection.QueryAsync(
            $"SELECT {names} FROM {SqlText.Name(table.SchemaName, table.TableName)}",
            cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            string?[] row = new string?[columns.Count];
            for (int index = 0; index < row.Length; index++)
            {
                row[index] = rows.IsNull(index) ? null : Canonical(rows.GetBytes(index), table.Columns[columns[index]].Type);
            }

            yield return row;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>A FLOAT is printed with six digits unless it is made a DOUBLE.</summary>
    private static string Expression(ColumnInfo column) =>
        column.Type.Tp == ColumnType.Float ? $"{SqlText.Name(column.Name)} + 0e0" : SqlText.Name(column.Name);

    private static string Canonical(ReadOnlySpan<byte> value, FieldType type) => type.Tp switch
    {
        ColumnType.Bit => CanonicalValue.OfBits(value),
        ColumnType.Float => CanonicalValue.OfSingle((float)double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture)),
        _ => CanonicalValue.OfText(value, type),
    };
}
