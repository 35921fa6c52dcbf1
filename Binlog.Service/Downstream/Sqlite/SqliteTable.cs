using System.Collections.Immutable;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>What a table of the upstream looks like in the file. Immutable; follows from the definition alone.</summary>
internal sealed class SqliteTable
{
    private const int MatchIndexId = 0;
    private const int MatchIndexColumns = 4;

    private static readonly string[] RowIdNames = ["rowid", "_rowid_", "oid"];

    /// <summary>Lays a table out.</summary>
    public SqliteTable(TableSchema schema)
    {
        Schema = schema;
        Name = SqliteNames.Quote(SqliteNames.Of(schema));
        var columns = ImmutableArray.CreateBuilder<SqliteColumn>();
        for (int index = 0; index < schema.Columns.Length; index++)
        {
            ColumnInfo column = schema.Columns[index];
            string? expression = column.IsVirtual ? GeneratedExpression.Translate(column, schema.Columns) : null;
            if (!column.IsVirtual || expression is not null)
            {
                columns.Add(new SqliteColumn(column, index, SqliteStorages.Of(column.Type), expression));
            }
        }

        Columns = columns.ToImmutable();
        StoredColumns = [.. Columns.Where(column => column.IsStored)];
        RowIdColumn = schema.Info.PkIsHandle
            ? StoredColumns.FirstOrDefault(column => column.Info.Type.IsPrimaryKey && column.Storage == SqliteStorage.Integer)
            : null;
        RowId = RowIdNames.FirstOrDefault(name => !Columns.Any(column => string.Equals(column.Info.Name, name, StringComparison.OrdinalIgnoreCase)));
        Indexes = [.. FindIndexes()];
    }

    /// <summary>The upstream's table.</summary>
    public TableSchema Schema { get; }

    /// <summary>Quoted name in the file.</summary>
    public string Name { get; }

    /// <summary>Columns in table order; virtual generated ones only when SQLite can compute them.</summary>
    public ImmutableArray<SqliteColumn> Columns { get; }

    /// <summary>The columns that rows are written to.</summary>
    public ImmutableArray<SqliteColumn> StoredColumns { get; }

    /// <summary>The integer primary key that is the row ID; null when there is none.</summary>
    public SqliteColumn? RowIdColumn { get; }

    /// <summary>A name of the row ID that no column hides; null in the absurd case that all three are columns.</summary>
    public string? RowId { get; }

    /// <summary>The indexes.</summary>
    public ImmutableArray<SqliteIndex> Indexes { get; }

    /// <summary>The statement that makes the table.</summary>
    /// <param name="name">Quoted name to make it under.</param>
    public string CreateStatement(string name) => $"CREATE TABLE {name} ({string.Join(", ", Columns.Select(Declare))})";

    /// <summary>The statement that makes an index.</summary>
    public string CreateStatement(SqliteIndex index) =>
        $"CREATE {(index.IsUnique ? "UNIQUE " : "")}INDEX {SqliteNames.Quote(index.Name)} ON {Name} ({string.Join(", ", index.Columns.Select(column => column.Name))})";

    /// <summary>A column's definition.</summary>
    public string Declare(SqliteColumn column)
    {
        string declared = $"{column.Name} {column.Storage.DeclaredType()}".TrimEnd();
        return column == RowIdColumn ? $"{declared} PRIMARY KEY"
            : column.Expression is null ? declared
            : $"{declared} GENERATED ALWAYS AS ({column.Expression}) VIRTUAL";
    }

    /// <summary>
    /// The upstream's public indexes, where all their columns are here (a prefix is indexed as the whole column, and then is not
    /// unique). A table whose rows no key identifies gets an index over its first short columns, so that a row is found without reading all.
    /// </summary>
    private IEnumerable<SqliteIndex> FindIndexes()
    {
        bool hasKey = RowIdColumn is not null;
        long tableId = Schema.Info.Id;
        if (Schema.Info.PkIsHandle && RowIdColumn is null && StoredColumns.FirstOrDefault(column => column.Info.Type.IsPrimaryKey) is { } handle)
        {
            hasKey = true;
            yield return new SqliteIndex(SqliteNames.OfIndex(tableId, -1), true, [handle]);
        }

        foreach (IndexInfo index in Schema.Info.Indexes.Where(index => index.IsPublic && !index.IsMultiValued))
        {
            ImmutableArray<SqliteColumn?> columns =
                [.. index.Columns.Select(part => Columns.FirstOrDefault(column => string.Equals(column.Info.Name, part.Name, StringComparison.OrdinalIgnoreCase)))];
            if (columns.Contains(null))
            {
                continue;
            }

            bool isUnique = index.IsUnique && !index.Columns.Any(part => part.IsPrefix);
            hasKey |= isUnique && columns.All(column => column!.Info.Type.NotNull);
            yield return new SqliteIndex(SqliteNames.OfIndex(tableId, index.Id), isUnique, [.. columns.Select(column => column!)]);
        }

        ImmutableArray<SqliteColumn> match = hasKey ? [] : [.. StoredColumns.Where(IsShort).Take(MatchIndexColumns)];
        if (!match.IsEmpty)
        {
            yield return new SqliteIndex(SqliteNames.OfIndex(tableId, MatchIndexId), false, match);
        }
    }

    private static bool IsShort(SqliteColumn column) => column.Info.Type is { Tp: not ColumnType.Json and not ColumnType.Geometry } type
        && !(type.IsString && type.Length is < 0 or > 255);
}
