using System.Collections.Immutable;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Writes the rows of one table. An update or delete finds its row by the first unique key whose old values are all known and not NULL,
/// otherwise by all columns, and then takes one of the rows that are equal; exactly one row must be found.
/// </summary>
internal sealed class SqliteTableWriter(SqliteDatabase database, SqliteTable table, SqliteValues values) : IDisposable
{
    private const int AllColumns = -1;
    private const int MaxUpdateStatements = 64;

    private readonly Dictionary<(int Key, ulong Changed, ulong Known), SqliteStatement> _updates = [];
    private readonly Dictionary<(int Key, ulong Known), SqliteStatement> _deletes = [];
    private readonly ImmutableArray<ImmutableArray<SqliteColumn>> _keys = FindKeys(table);
    private SqliteStatement? _insert;
    private SqliteStatement? _replace;

    /// <summary>The table.</summary>
    public TableSchema Schema => table.Schema;

    /// <summary>Makes one change.</summary>
    /// <exception cref="TargetException">It doesn't fit what the target holds, or SQLite failed.</exception>
    public void Write(ChangeBatch batch, in RowChange row)
    {
        try
        {
            switch (row.Kind)
            {
                case RowChangeKind.Insert:
                    Insert(batch, row);
                    break;
                case RowChangeKind.Update:
                    Update(batch, row);
                    break;
                default:
                    Delete(batch, row);
                    break;
            }
        }
        catch (TargetException exception)
        {
            throw new TargetException(
                $"{row.Kind} in table {Schema} of the transaction with commit TS {row.CommitTs} failed ({DescribeRow(batch, row)}): {exception.Message}",
                exception.IsTransient, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _insert?.Dispose();
        _replace?.Dispose();
        Clear();
    }

    private void Insert(ChangeBatch batch, in RowChange row)
    {
        SqliteStatement statement = row.IsRepeatable ? _replace ??= PrepareInsert("INSERT OR REPLACE") : _insert ??= PrepareInsert("INSERT");
        BindAll(statement, 0, batch.New(row), batch.Source, ulong.MaxValue);
        statement.Step();
    }

    private SqliteStatement PrepareInsert(string verb) => database.Prepare(
        $"{verb} INTO {table.Name} ({string.Join(", ", table.StoredColumns.Select(column => column.Name))}) " +
        $"VALUES ({string.Join(", ", table.StoredColumns.Select(_ => "?"))})");

    private void Update(ChangeBatch batch, in RowChange row)
    {
        ReadOnlySpan<Datum> old = batch.Old(row);
        ulong changed = FindChanged(old, batch.New(row), batch.Source);
        int key = FindKey(old);
        ulong known = key == AllColumns ? FindKnown(old) : 0;
        if (!_updates.TryGetValue((key, changed, known), out SqliteStatement? statement))
        {
            if (_updates.Count >= MaxUpdateStatements)
            {
                Clear();
            }

            IEnumerable<string> assignments = table.StoredColumns.Where((_, index) => IsSet(changed, index)).Select(column => $"{column.Name} = ?");
            statement = database.Prepare($"UPDATE {table.Name} SET {string.Join(", ", assignments)} {Where(key, known)}");
            _updates.Add((key, changed, known), statement);
        }

        int next = BindAll(statement, 0, batch.New(row), batch.Source, changed);
        BindKey(statement, next, key, known, old, batch.Source);
        statement.Step();
        RequireOneRow();
    }

    private void Delete(ChangeBatch batch, in RowChange row)
    {
        ReadOnlySpan<Datum> old = batch.Old(row);
        int key = FindKey(old);
        ulong known = key == AllColumns ? FindKnown(old) : 0;
        if (!_deletes.TryGetValue((key, known), out SqliteStatement? statement))
        {
            statement = database.Prepare($"DELETE FROM {table.Name} {Where(key, known)}");
            _deletes.Add((key, known), statement);
        }

        BindKey(statement, 0, key, known, old, batch.Source);
        statement.Step();
        if (!row.IsRepeatable)
        {
            RequireOneRow();
        }
    }

    private int BindAll(SqliteStatement statement, int next, ReadOnlySpan<Datum> row, ReadOnlySpan<byte> source, ulong columns)
    {
        for (int index = 0; index < table.StoredColumns.Length; index++)
        {
            if (IsSet(columns, index))
            {
                SqliteColumn column = table.StoredColumns[index];
                values.Bind(statement, ++next, column, row[column.Index], source);
            }
        }

        return next;
    }

    private void BindKey(SqliteStatement statement, int next, int key, ulong known, ReadOnlySpan<Datum> old, ReadOnlySpan<byte> source)
    {
        if (key == AllColumns)
        {
            BindAll(statement, next, old, source, known);
            return;
        }

        foreach (SqliteColumn column in _keys[key])
        {
            values.Bind(statement, ++next, column, old[column.Index], source);
        }
    }

    private string Where(int key, ulong known)
    {
        if (key != AllColumns)
        {
            return $"WHERE {string.Join(" AND ", _keys[key].Select(column => $"{column.Name} = ?"))}";
        }

        string rowId = table.RowId ?? throw new TargetException(
            $"Table {Schema} has no unique key and columns called rowid, _rowid_ and oid, so that SQLite can't single out one of several equal rows.", false);
        string all = string.Join(" AND ", table.StoredColumns.Where((_, index) => IsSet(known, index)).Select(column => $"{column.Name} IS ?"));
        return $"WHERE {rowId} = (SELECT {rowId} FROM {table.Name} WHERE {all} LIMIT 1)";
    }

    private int FindKey(ReadOnlySpan<Datum> old)
    {
        for (int key = 0; key < _keys.Length; key++)
        {
            bool isUsable = true;
            foreach (SqliteColumn column in _keys[key])
            {
                isUsable &= !old[column.Index].IsNull && !old[column.Index].IsMissing;
            }

            if (isUsable)
            {
                return key;
            }
        }

        return AllColumns;
    }

    /// <summary>Bits of the stored columns that an update changes; all of them when nothing changes or there are too many to tell.</summary>
    private ulong FindChanged(ReadOnlySpan<Datum> old, ReadOnlySpan<Datum> updated, ReadOnlySpan<byte> source)
    {
        ulong changed = 0;
        for (int index = 0; index < table.StoredColumns.Length && table.StoredColumns.Length <= 64; index++)
        {
            int column = table.StoredColumns[index].Index;
            bool isSame = old[column].Kind == updated[column].Kind && old[column].AsInt64 == updated[column].AsInt64
                && old[column].PayloadOf(source).SequenceEqual(updated[column].PayloadOf(source));
            changed |= isSame ? 0 : 1UL << index;
        }

        return changed == 0 ? ulong.MaxValue : changed;
    }

    /// <summary>Bits of the stored columns whose old value is known; columns past the 64th must be.</summary>
    private ulong FindKnown(ReadOnlySpan<Datum> old)
    {
        ulong known = ulong.MaxValue;
        for (int index = 0; index < Math.Min(64, table.StoredColumns.Length); index++)
        {
            known &= old[table.StoredColumns[index].Index].IsMissing ? ~(1UL << index) : ulong.MaxValue;
        }

        return known;
    }

    private void RequireOneRow()
    {
        if (database.Changes != 1)
        {
            throw new TargetException(
                $"{database.Changes} rows match where exactly one must. The target does not hold what the upstream held: " +
                "something else has written to it, or it did not start from the upstream's state.",
                isTransient: false);
        }
    }

    private string DescribeRow(ChangeBatch batch, in RowChange row)
    {
        ReadOnlySpan<Datum> shown = row.Kind == RowChangeKind.Insert ? batch.New(row) : batch.Old(row);
        int key = FindKey(shown);
        var parts = new List<string>();
        foreach (SqliteColumn column in key == AllColumns ? table.StoredColumns : _keys[key])
        {
            parts.Add($"{column.Info.Name} = {values.Describe(column, shown[column.Index], batch.Source)}");
        }

        return string.Join(", ", parts);
    }

    private void Clear()
    {
        foreach (SqliteStatement statement in _updates.Values.Concat(_deletes.Values))
        {
            statement.Dispose();
        }

        _updates.Clear();
        _deletes.Clear();
    }

    private static bool IsSet(ulong bits, int index) => index >= 64 || (bits & (1UL << index)) != 0;

    private static ImmutableArray<ImmutableArray<SqliteColumn>> FindKeys(SqliteTable table) =>
    [
        .. table.Schema.UniqueKeys
            .Select(key => key.Select(index => table.StoredColumns.FirstOrDefault(column => column.Index == index)).ToImmutableArray())
            .Where(key => !key.Contains(null))
            .Select(key => key.Select(column => column!).ToImmutableArray()),
    ];
}
