using System.Globalization;
using System.Runtime.CompilerServices;
using Binlog.Service.Downstream.Verification;
using Binlog.TiDB.Schema;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>The tables of a SQLite target, read beside the service that may be writing to it.</summary>
internal sealed class SqliteTableSource : ITableSource, IDisposable
{
    private readonly SqliteDatabase _database;

    /// <summary>Opens the file for reading.</summary>
    /// <exception cref="TargetException">It can't be opened.</exception>
    public SqliteTableSource(string file) =>
        _database = SqliteDatabase.Open(Path.GetFullPath(file), SqliteOpenMode.ReadOnly, TimeSpan.FromSeconds(10));

    /// <inheritdoc/>
    public Task<IReadOnlyList<(string Schema, string Table)>> ReadTablesAsync(CancellationToken cancellationToken)
    {
        using SqliteStatement statement = _database.Prepare(
            $"SELECT t.schema_name, t.table_name FROM {SqliteNames.TableTable} t JOIN sqlite_master m ON m.type = 'table' AND m.name = t.name " +
            "UNION ALL SELECT '', name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'binlogd~_%' ESCAPE '~' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' " +
            $"AND name NOT IN (SELECT name FROM {SqliteNames.TableTable})");
        var tables = new List<(string, string)>();
        while (statement.Step())
        {
            tables.Add((statement.Text(0), statement.Text(1)));
        }

        return Task.FromResult<IReadOnlyList<(string, string)>>(tables);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> ReadColumnsAsync(TableSchema table, CancellationToken cancellationToken)
    {
        using SqliteStatement statement = _database.Prepare($"PRAGMA table_xinfo({SqliteNames.Quote(SqliteNames.Of(table))})");
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (statement.Step())
        {
            names.Add(statement.Text(1));
        }

        return Task.FromResult<IReadOnlyList<int>>(
            [.. Enumerable.Range(0, table.Columns.Length).Where(index => names.Contains(table.Columns[index].Name))]);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string?[]> ReadRowsAsync(
        TableSchema table, IReadOnlyList<int> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        string names = string.Join(", ", columns.Select(column => SqliteNames.Quote(table.Columns[column].Name)));
        using SqliteStatement statement = _database.Prepare($"SELECT {names} FROM {SqliteNames.Quote(SqliteNames.Of(table))}");
        while (statement.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
            string?[] row = new string?[columns.Count];
            for (int index = 0; index < row.Length; index++)
            {
                row[index] = Canonical(statement, index, table.Columns[columns[index]]);
            }

            yield return row;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    /// <summary>A value of a storage class that the column's type never has is shown as such, so that it differs from every expected one.</summary>
    private static string? Canonical(SqliteStatement statement, int index, ColumnInfo column)
    {
        int found = statement.TypeOf(index);
        SqliteStorage storage = SqliteStorages.Of(column.Type);
        return found switch
        {
            raw.SQLITE_NULL => null,
            raw.SQLITE_INTEGER when storage is SqliteStorage.Integer or SqliteStorage.Unsigned => statement.Integer(index).ToString(CultureInfo.InvariantCulture),
            raw.SQLITE_FLOAT when storage is SqliteStorage.Real =>
                column.Type.Tp == ColumnType.Float && (double)(float)statement.Real(index) == statement.Real(index)
                ? CanonicalValue.OfSingle((float)statement.Real(index))
                : CanonicalValue.OfDouble(statement.Real(index)),
            raw.SQLITE_TEXT when storage is SqliteStorage.Unsigned or SqliteStorage.Printed or SqliteStorage.Text => CanonicalValue.OfText(statement.Bytes(index), column.Type),
            raw.SQLITE_BLOB when storage is SqliteStorage.Binary or SqliteStorage.Text => CanonicalValue.OfText(statement.Bytes(index), column.Type),
            _ => $"value of storage class {found} in a column of type {ColumnTypeNames.Of(column.Type)}: {Convert.ToHexString(statement.Bytes(index))}",
        };
    }
}
