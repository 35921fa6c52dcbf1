using System.Collections.Immutable;
using System.Globalization;
using Binlog.Service.Downstream.MySql.Ddl;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>
/// Turns a batch into statements, one after the other, in the order of its rows. Runs of INSERTs, and of DELETEs by key, of one
/// table become one statement each. Allocates nothing per row.
/// </summary>
/// <remarks>
/// A row is found by its first unique key of which no old value is NULL; without one by all its columns, compared exactly, LIMIT 1.
/// UPDATE sets every column, so that ON UPDATE CURRENT_TIMESTAMP never gives a column a value that the upstream didn't.
/// The original (pkg/loader/model.go) compares text by its collation and JSON as text; then rows are missed or mistaken.
/// </remarks>
internal sealed class RowStatementWriter(MySqlDialect dialect, string target, RowStatementLimits limits)
{
    private readonly Dictionary<TableSchema, TablePlan> _plans = new(ReferenceEqualityComparer.Instance);
    private TablePlan? _lastPlan;
    private ChangeBatch _batch = new();
    private SqlBuffer _sql = new();
    private int _start;
    private int _next;

    /// <summary>Whether every row of the batch has been written.</summary>
    public bool IsDone => _next >= _batch.Rows.Length;

    /// <summary>Takes a batch to be written.</summary>
    public void Start(ChangeBatch batch)
    {
        _batch = batch;
        _next = 0;
    }

    /// <summary>Forgets tables; to be called when definitions change, so that old ones don't pile up.</summary>
    public void Forget()
    {
        _plans.Clear();
        _lastPlan = null;
    }

    /// <summary>Appends the next statement.</summary>
    /// <returns>False when every row has been written.</returns>
    /// <exception cref="TargetException">A value can't be written.</exception>
    public bool TryNext(SqlBuffer sql, out RowStatement statement)
    {
        _sql = sql;
        _start = sql.Length;
        ReadOnlySpan<RowChange> rows = _batch.Rows;
        if (_next >= rows.Length)
        {
            statement = default;
            return false;
        }

        int first = _next;
        TablePlan plan = PlanOf(rows[first].Table);
        try
        {
            statement = rows[first].Kind switch
            {
                RowChangeKind.Insert => Insert(plan, rows),
                RowChangeKind.Update => Update(plan, rows),
                _ => Delete(plan, rows),
            };
        }
        catch (Exception error) when (error is TiDB.TiDBFormatException or InvalidOperationException)
        {
            throw new TargetException($"{target}: row of {rows[_next].Table}, commit TS {rows[_next].CommitTs}: {error.Message} The schema history and the binlog don't go together.", isTransient: false, error);
        }

        return true;
    }

    /// <summary>What identifies a row, shortened, for messages.</summary>
    public string Describe(int row)
    {
        RowChange change = _batch.Rows[row];
        var text = new SqlBuffer();
        WriteMatch(text, PlanOf(change.Table), change, change.Kind == RowChangeKind.Insert ? _batch.New(change) : _batch.Old(change));
        string key = System.Text.Encoding.UTF8.GetString(text.Written);
        return key.Length <= 160 ? key : $"{key.AsSpan(0, 160)}…";
    }

    private TablePlan PlanOf(TableSchema table)
    {
        if (_lastPlan is { } last && ReferenceEquals(last.Table, table))
        {
            return last;
        }

        if (!_plans.TryGetValue(table, out TablePlan? plan))
        {
            if (SystemSchemas.Contains(table.SchemaName))
            {
                throw new TargetException($"{target}: rows of {table} are not replicated: the database belongs to the server or to this program. Filter it out.", isTransient: false);
            }

            plan = new TablePlan(table, dialect);
            _plans.Add(table, plan);
        }

        return _lastPlan = plan;
    }

    private RowStatement Insert(TablePlan plan, ReadOnlySpan<RowChange> rows)
    {
        int first = _next;
        int lenient = LenientWarnings(plan, _batch.New(rows[first]));
        _sql.Write(plan.Insert);
        do
        {
            if (_next > first)
            {
                _sql.Write((byte)',');
            }

            WriteValues(plan, rows[_next]);
            _next++;
        }
        while (lenient == 0 && CanTakeMore(rows, first, limits.InsertRows) && LenientWarnings(plan, _batch.New(rows[_next])) == 0);
        return new RowStatement(first, _next - first, lenient);
    }

    private RowStatement Update(TablePlan plan, ReadOnlySpan<RowChange> rows)
    {
        RowChange row = rows[_next];
        ReadOnlySpan<Datum> values = _batch.New(row);
        _sql.Write(plan.Update);
        bool isFirst = true;
        foreach (int index in plan.Table.WritableColumns)
        {
            if (!isFirst)
            {
                _sql.Write((byte)',');
            }

            isFirst = false;
            plan.Columns[index].WriteName(_sql);
            _sql.Write((byte)'=');
            if (!plan.Columns[index].TryWriteValue(_sql, values[index], _batch.Source))
            {
                throw NotText(plan, index, row);
            }
        }

        _sql.Write(" WHERE "u8);
        WriteMatch(_sql, plan, row, _batch.Old(row));
        int lenient = LenientWarnings(plan, values);
        return new RowStatement(_next++, 1, lenient);
    }

    private RowStatement Delete(TablePlan plan, ReadOnlySpan<RowChange> rows)
    {
        int first = _next;
        _sql.Write(plan.Delete);
        ImmutableArray<int> key = KeyOf(plan.Table, _batch.Old(rows[first]));
        if (key.IsDefaultOrEmpty)
        {
            WriteMatch(_sql, plan, rows[first], _batch.Old(rows[first]));
            return new RowStatement(_next++, 1, 0);
        }

        bool isList = key.Length == 1;
        if (isList)
        {
            plan.Columns[key[0]].WriteName(_sql);
            _sql.Write(" IN ("u8);
        }

        do
        {
            if (_next > first)
            {
                _sql.Write(isList ? ","u8 : " OR "u8);
            }

            WriteKey(_sql, plan, key, rows[_next], isList);
            _next++;
        }
        while (CanTakeMore(rows, first, limits.DeleteRows) && KeyOf(plan.Table, _batch.Old(rows[_next])) == key);
        if (isList)
        {
            _sql.Write((byte)')');
        }

        return new RowStatement(first, _next - first, 0);
    }

    private bool CanTakeMore(ReadOnlySpan<RowChange> rows, int first, int maxRows) =>
        _next < rows.Length && _next - first < maxRows && _sql.Length - _start < limits.Bytes
        && rows[_next].Kind == rows[first].Kind && ReferenceEquals(rows[_next].Table, rows[first].Table);

    private void WriteValues(TablePlan plan, in RowChange row)
    {
        ReadOnlySpan<Datum> values = _batch.New(row);
        ImmutableArray<int> columns = plan.Table.WritableColumns;
        _sql.Write((byte)'(');
        for (int position = 0; position < columns.Length; position++)
        {
            if (position > 0)
            {
                _sql.Write((byte)',');
            }

            int index = columns[position];
            if (!plan.Columns[index].TryWriteValue(_sql, values[index], _batch.Source))
            {
                throw NotText(plan, index, row);
            }
        }

        _sql.Write((byte)')');
    }

    /// <summary>Writes the condition for one row. Of a column that is being dropped the old value may be unknown; it is not looked at.</summary>
    private void WriteMatch(SqlBuffer sql, TablePlan plan, in RowChange row, ReadOnlySpan<Datum> values)
    {
        ImmutableArray<int> key = KeyOf(plan.Table, values);
        if (!key.IsDefaultOrEmpty)
        {
            WriteKey(sql, plan, key, values, row, valueOnly: false);
            return;
        }

        bool isFirst = true;
        foreach (int index in plan.Table.WritableColumns)
        {
            if (values[index].IsMissing)
            {
                continue;
            }

            if (!isFirst)
            {
                sql.Write(" AND "u8);
            }

            isFirst = false;
            if (!plan.Columns[index].TryWriteExactMatch(sql, values[index], _batch.Source))
            {
                throw NotText(plan, index, row);
            }
        }

        sql.Write(" LIMIT 1"u8);
    }

    private void WriteKey(SqlBuffer sql, TablePlan plan, ImmutableArray<int> key, in RowChange row, bool valueOnly) =>
        WriteKey(sql, plan, key, _batch.Old(row), row, valueOnly);

    private void WriteKey(SqlBuffer sql, TablePlan plan, ImmutableArray<int> key, ReadOnlySpan<Datum> values, in RowChange row, bool valueOnly)
    {
        bool isGroup = key.Length > 1;
        if (isGroup)
        {
            sql.Write((byte)'(');
        }

        for (int position = 0; position < key.Length; position++)
        {
            if (position > 0)
            {
                sql.Write(" AND "u8);
            }

            int index = key[position];
            ColumnPlan column = plan.Columns[index];
            if (!(valueOnly ? column.TryWriteValue(sql, values[index], _batch.Source) : column.TryWriteKeyMatch(sql, values[index], _batch.Source)))
            {
                throw NotText(plan, index, row);
            }
        }

        if (isGroup)
        {
            sql.Write((byte)')');
        }
    }

    private static ImmutableArray<int> KeyOf(TableSchema table, ReadOnlySpan<Datum> values)
    {
        foreach (ImmutableArray<int> key in table.UniqueKeys)
        {
            bool isUsable = true;
            foreach (int index in key)
            {
                isUsable = isUsable && values[index].Kind is not (DatumKind.Null or DatumKind.Missing);
            }

            if (isUsable)
            {
                return key;
            }
        }

        return default;
    }

    private static int LenientWarnings(TablePlan plan, ReadOnlySpan<Datum> values)
    {
        int count = 0;
        foreach (int index in plan.Enums)
        {
            count += values[index] is { Kind: DatumKind.UInt64, AsUInt64: 0 } ? 1 : 0;
        }

        return count;
    }

    private TargetException NotText(TablePlan plan, int column, in RowChange row) => new(
        string.Create(CultureInfo.InvariantCulture, $"{target}: column {SqlText.Name(plan.Columns[column].Name)} of {plan.Table}, commit TS {row.CommitTs}: the value is no UTF-8 text, and the target's column can't hold anything else. Make the column binary upstream, or correct the row there and skip this transaction."),
        isTransient: false);
}
