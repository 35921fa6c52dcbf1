using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Turns a table into what it is after a schema change: in place where SQLite can (rename, columns added at the end, dropped, renamed),
/// otherwise by building it anew beside the old one. Values of a column whose type changes are converted.
/// </summary>
internal sealed class SqliteTableAlteration(SqliteDatabase database)
{
    private readonly SqliteValues _values = new();

    /// <summary>Makes the table from what it was.</summary>
    /// <exception cref="TargetException">SQLite refuses, or values can't be converted exactly.</exception>
    public void Alter(SqliteTable before, SqliteTable after, SchemaChange change)
    {
        SqliteColumnMap map = SqliteColumnMap.Create(before, after, change);
        bool rebuild = map.NeedsRebuild || map.Added.Any(column => DefaultOf(after, column).StartsWith("CAST", StringComparison.Ordinal));
        List<SqliteIndex> kept = rebuild ? [] : [.. before.Indexes.Where(index => after.Indexes.Any(index.IsSameAs))];
        foreach (SqliteIndex index in before.Indexes.Where(index => !kept.Contains(index)))
        {
            database.Execute($"DROP INDEX IF EXISTS {SqliteNames.Quote(index.Name)}");
        }

        if (rebuild)
        {
            Rebuild(before, after, map);
        }
        else
        {
            AlterInPlace(before, after, map);
        }

        foreach (SqliteIndex index in after.Indexes.Where(index => !kept.Any(index.IsSameAs)))
        {
            database.Execute(after.CreateStatement(index));
        }
    }

    /// <summary>Makes the indexes of a table anew that got another upstream ID.</summary>
    public void RenewIndexes(long oldTableId, SqliteTable table)
    {
        var old = new SqliteTable(new TableSchema(table.Schema.SchemaName, table.Schema.Info with { Id = oldTableId }, table.Schema.SchemaVersion));
        foreach (SqliteIndex index in old.Indexes)
        {
            database.Execute($"DROP INDEX IF EXISTS {SqliteNames.Quote(index.Name)}");
        }

        foreach (SqliteIndex index in table.Indexes)
        {
            database.Execute(table.CreateStatement(index));
        }
    }

    private void AlterInPlace(SqliteTable before, SqliteTable after, SqliteColumnMap map)
    {
        if (before.Name != after.Name)
        {
            string passing = SqliteNames.Quote(SqliteNames.RebuildTable);
            database.Execute($"ALTER TABLE {before.Name} RENAME TO {passing}");
            database.Execute($"ALTER TABLE {passing} RENAME TO {after.Name}");
        }

        foreach (SqliteColumn dropped in map.Dropped)
        {
            database.Execute($"ALTER TABLE {after.Name} DROP COLUMN {dropped.Name}");
        }

        foreach ((SqliteColumn old, SqliteColumn kept) in map.Kept.Where(pair => pair.Old.Name != pair.New.Name))
        {
            database.Execute($"ALTER TABLE {after.Name} RENAME COLUMN {old.Name} TO {kept.Name}");
        }

        foreach (SqliteColumn added in map.Added)
        {
            string initial = added.IsStored ? $" DEFAULT {DefaultOf(after, added)}" : "";
            database.Execute($"ALTER TABLE {after.Name} ADD COLUMN {after.Declare(added)}{initial}");
        }
    }

    private void Rebuild(SqliteTable before, SqliteTable after, SqliteColumnMap map)
    {
        string rebuilt = SqliteNames.Quote(SqliteNames.RebuildTable);
        database.Execute(after.CreateStatement(rebuilt));
        if (map.Kept.Any(pair => pair.New.IsStored && SqliteConversion.IsNeeded(pair.Old.Info.Type, pair.New.Info.Type)))
        {
            CopyConverted(before, after, map, rebuilt);
        }
        else
        {
            IEnumerable<string> sources = after.StoredColumns.Select(column => map.SourceOf(column)?.Name ?? DefaultOf(after, column));
            database.Execute(
                $"INSERT INTO {rebuilt} ({string.Join(", ", after.StoredColumns.Select(column => column.Name))}) SELECT {string.Join(", ", sources)} FROM {before.Name}");
        }

        database.Execute($"DROP TABLE {before.Name}");
        database.Execute($"ALTER TABLE {rebuilt} RENAME TO {after.Name}");
    }

    private void CopyConverted(SqliteTable before, SqliteTable after, SqliteColumnMap map, string rebuilt)
    {
        IEnumerable<string> sources = after.StoredColumns.Select(column => map.SourceOf(column)?.Name ?? DefaultOf(after, column));
        using SqliteStatement read = database.Prepare($"SELECT {string.Join(", ", sources)} FROM {before.Name}");
        using SqliteStatement write = database.Prepare(
            $"INSERT INTO {rebuilt} ({string.Join(", ", after.StoredColumns.Select(column => column.Name))}) " +
            $"VALUES ({string.Join(", ", after.StoredColumns.Select(_ => "?"))})");
        while (read.Step())
        {
            for (int index = 0; index < after.StoredColumns.Length; index++)
            {
                SqliteColumn column = after.StoredColumns[index];
                SqliteValue value = SqliteValue.Read(read, index);
                if (map.SourceOf(column) is { } source)
                {
                    value = SqliteConversion.Convert(value, source.Info, column.Info);
                }

                value.Bind(write, index + 1);
            }

            write.Step();
        }
    }

    /// <summary>What existing rows hold in a new column, as a literal.</summary>
    private string DefaultOf(SqliteTable table, SqliteColumn column)
    {
        if (!column.IsStored)
        {
            return "";
        }

        DefaultValue value = table.Schema.Decoder.DefaultOf(column.Index);
        return _values.Literal(column, value.Value, value.Source);
    }
}
