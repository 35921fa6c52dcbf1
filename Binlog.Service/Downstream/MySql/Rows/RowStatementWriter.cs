using System.Collections.Immutable;
using System.Globalization;
using Binlog.Service.Downstream.MySql.Ddl;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <summary>
/// Turns a batch into statements, one after the other, in the order of its rows. Runs of INSERTs, of DELETEs by key, and of UPDATEs by key that are
/// the only change of their row become one statement each. Allocates nothing per row.
/// </summary>
/// <remarks>
/// A row is found by its first unique key of which no old value is NULL; without one by all its columns, compared exactly, LIMIT 1.
/// UPDATE sets every column, so that ON UPDATE CURRENT_TIMESTAMP never gives a column a value that the upstream didn't.
/// An insert that may have been made before is a REPLACE.
/// The original (pkg/loader/model.go) compares text by its collation and JSON as text; then rows are missed or mistaken.
/// </remarks>
internal sealed partial class RowStatementWriter(MySqlDialect dialect, string target, RowStatementLimits limits)
{
    private readonly Dictionary<TableSchema, TablePlan> _plans = new(ReferenceEqualityComparer.Instance);
    private TablePlan? _lastPlan;
    private ChangeBatch _batch = new();
    private SqlBuffer _sql = new();
    private int _start;
    private int _next;
    private int _end;

    /// <summary>Whether every row has been written.</summary>
    public bool IsDone => _next >= _end;

    /// <summary>Takes rows of a batch to be written.</summary>
    public void Start(ChangeBatch batch, int first, int count)
    {
        _batch = batch;
        _next = first;
        _end = first + count;
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
        ReadOnlySpan<RowChange> rows = _batch.Rows[.._end];
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
        _sql.Write(rows[first].IsRepeatable ? plan.Replace : plan.Insert);
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
        return new RowStatement(first, _next - first, lenient, rows[first].IsRepeatable);
    }

    private RowStatement Delete(TablePlan plan, ReadOnlySpan<RowChange> rows)
    {
        int first = _next;
        ImmutableArray<int> key = KeyOf(plan.Table, _batch.Old(rows[first]));
        if (key.IsDefaultOrEmpty)
        {
            _sql.Write(plan.Delete);
            WriteMatch(_sql, plan, rows[first], _batch.Old(rows[first]));
            return new RowStatement(_next++, 1, 0, rows[first].IsRepeatable);
        }

        bool isList = key.Length == 1;
        bool isRun = first + 1 < rows.Length && rows[first + 1].Kind == RowChangeKind.Delete && ReferenceEquals(rows[first + 1].Table, plan.Table);
        _sql.Write(isRun && plan.IsPrimary(key) ? plan.DeleteByPrimary : plan.Delete);
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

        return new RowStatement(first, _next - first, 0, rows[first].IsRepeatable);
    }

    private bool CanTakeMore(ReadOnlySpan<RowChange> rows, int first, int maxRows) =>
        _next < rows.Length && _next - first < maxRows && _sql.Length - _start < limits.Bytes
        && rows[_next].Kind == rows[first].Kind && rows[_next].IsRepeatable == rows[first].IsRepeatable && ReferenceEquals(rows[_next].Table, rows[first].Table);

    private void WriteValues(TablePlan plan, in RowChange row)
    {
        _sql.Write((byte)'(');
        bool isFirst = true;
        foreach (int index in plan.Table.WritableColumns)
        {
            WriteComma(ref isFirst);
            WriteValue(plan, index, row);
        }

        _sql.Write((byte)')');
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
