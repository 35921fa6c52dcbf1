using System.Collections.Immutable;
using Binlog.Service.Downstream.Condensing;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <content>UPDATE.</content>
internal sealed partial class RowStatementWriter
{
    private readonly SqlBuffer _matches = new();
    private int[] _matchEnds = new int[64];

    private RowStatement Update(TablePlan plan, ReadOnlySpan<RowChange> rows)
    {
        ImmutableArray<int> key = KeyOf(plan.Table, _batch.Old(rows[_next]));
        int count = CountJoining(plan, key, rows);
        if (count > 1)
        {
            WriteUpdates(plan, key, rows.Slice(_next, count));
            if (_sql.Length - _start <= _maxBytes)
            {
                _next += count;
                return new RowStatement(_next - count, count, 0);
            }

            _sql.Truncate(_start);
        }

        RowChange row = rows[_next];
        ReadOnlySpan<Datum> values = _batch.New(row);
        _sql.Write(plan.Update);
        bool isFirst = true;
        foreach (int index in plan.Table.WritableColumns)
        {
            WriteComma(ref isFirst);
            plan.Columns[index].WriteName(_sql);
            _sql.Write((byte)'=');
            WriteValue(plan, index, row);
        }

        _sql.Write(" WHERE "u8);
        WriteMatch(_sql, plan, row, _batch.Old(row));
        int lenient = LenientWarnings(plan, values);
        return new RowStatement(_next++, 1, lenient);
    }

    /// <summary>How many rows from the next one on can share a statement: each found by the same key, which stays, and changed once.</summary>
    private int CountJoining(TablePlan plan, ImmutableArray<int> key, ReadOnlySpan<RowChange> rows)
    {
        if (key.IsDefaultOrEmpty)
        {
            return 1;
        }

        int count = 0;
        long bytes = 0;
        while (count < limits.UpdateRows && _next + count < rows.Length)
        {
            ref readonly RowChange row = ref rows[_next + count];
            if (row.Kind != RowChangeKind.Update || !row.IsOnly || !ReferenceEquals(row.Table, plan.Table))
            {
                break;
            }

            ReadOnlySpan<Datum> values = _batch.New(row);
            bytes += SizeOf(plan, key, values);
            if ((count > 0 && bytes > limits.Bytes) || HasTopSetMember(plan, values) || KeyOf(plan.Table, _batch.Old(row)) != key
                || !KeyValues.AreEqual(key, _batch.Old(row), values, _batch.Source) || LenientWarnings(plan, values) != 0)
            {
                break;
            }

            count++;
        }

        return Math.Max(1, count);
    }

    /// <summary>About how many bytes a row takes in a statement of several: its values, and its key for every column.</summary>
    private static long SizeOf(TablePlan plan, ImmutableArray<int> key, ReadOnlySpan<Datum> values)
    {
        const int BytesOfNumber = 24;
        long bytes = 0;
        foreach (ref readonly Datum value in values)
        {
            bytes += BytesOfNumber + (2 * value.Length);
        }

        long keyBytes = 0;
        foreach (int column in key)
        {
            keyBytes += BytesOfNumber + plan.Columns[column].Name.Length + (2 * values[column].Length);
        }

        return bytes + (keyBytes * plan.Table.WritableColumns.Length);
    }

    /// <summary>
    /// Whether a SET has its 64th member. As a number that is unsigned, beside smaller ones a CASE makes them DECIMAL, and servers store a DECIMAL in a SET
    /// by way of a double.
    /// </summary>
    private static bool HasTopSetMember(TablePlan plan, ReadOnlySpan<Datum> values)
    {
        foreach (int index in plan.WideSets)
        {
            if (values[index] is { Kind: DatumKind.UInt64, AsUInt64: > long.MaxValue })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><c>UPDATE t SET a=CASE k WHEN 1 THEN x WHEN 2 THEN y END, … WHERE k IN (1,2)</c>: a third of the server's work for single statements.</summary>
    private void WriteUpdates(TablePlan plan, ImmutableArray<int> key, ReadOnlySpan<RowChange> rows)
    {
        bool isSimple = key.Length == 1 && plan.Columns[key[0]].IsInteger;
        WriteMatches(plan, key, rows, isSimple);
        _sql.Write(plan.IsPrimary(key) ? plan.UpdateByPrimary : plan.Update);
        bool isFirst = true;
        foreach (int index in plan.Table.WritableColumns)
        {
            if (!key.Contains(index))
            {
                WriteComma(ref isFirst);
                WriteAssignment(plan, key, rows, index, isSimple);
            }
        }

        if (isFirst)
        {
            // Nothing but the key, which stays: the rows must be there all the same.
            int column = plan.Table.WritableColumns.First(key.Contains);
            plan.Columns[column].WriteName(_sql);
            _sql.Write((byte)'=');
            plan.Columns[column].WriteName(_sql);
        }

        _sql.Write(" WHERE "u8);
        WriteCondition(plan, key, rows.Length, isSimple);
    }

    /// <summary>Writes each row's key once; it is needed for every column.</summary>
    private void WriteMatches(TablePlan plan, ImmutableArray<int> key, ReadOnlySpan<RowChange> rows, bool isSimple)
    {
        _matches.Clear();
        if (_matchEnds.Length < rows.Length)
        {
            _matchEnds = new int[rows.Length];
        }

        for (int row = 0; row < rows.Length; row++)
        {
            WriteKey(_matches, plan, key, _batch.Old(rows[row]), rows[row], isSimple);
            _matchEnds[row] = _matches.Length;
        }
    }

    /// <summary>A column that stays in every row is set to itself, so that ON UPDATE CURRENT_TIMESTAMP doesn't change it.</summary>
    private void WriteAssignment(TablePlan plan, ImmutableArray<int> key, ReadOnlySpan<RowChange> rows, int index, bool isSimple)
    {
        ColumnPlan column = plan.Columns[index];
        column.WriteName(_sql);
        _sql.Write((byte)'=');
        if (IsUnchanged(rows, index))
        {
            column.WriteName(_sql);
            return;
        }

        _sql.Write("CASE"u8);
        if (isSimple)
        {
            _sql.Write((byte)' ');
            plan.Columns[key[0]].WriteName(_sql);
        }

        for (int row = 0; row < rows.Length; row++)
        {
            _sql.Write(" WHEN "u8);
            _sql.Write(MatchOf(row));
            _sql.Write(" THEN "u8);
            WriteValue(plan, index, rows[row]);
        }

        _sql.Write(" END"u8);
    }

    private void WriteCondition(TablePlan plan, ImmutableArray<int> key, int rows, bool isSimple)
    {
        if (isSimple)
        {
            plan.Columns[key[0]].WriteName(_sql);
            _sql.Write(" IN ("u8);
        }

        for (int row = 0; row < rows; row++)
        {
            if (row > 0)
            {
                _sql.Write(isSimple ? ","u8 : " OR "u8);
            }

            _sql.Write(MatchOf(row));
        }

        if (isSimple)
        {
            _sql.Write((byte)')');
        }
    }

    private bool IsUnchanged(ReadOnlySpan<RowChange> rows, int column)
    {
        foreach (ref readonly RowChange row in rows)
        {
            if (!KeyValues.AreEqual(_batch.Old(row)[column], _batch.New(row)[column], _batch.Source))
            {
                return false;
            }
        }

        return true;
    }

    private ReadOnlySpan<byte> MatchOf(int row)
    {
        int start = row == 0 ? 0 : _matchEnds[row - 1];
        return _matches.Written[start.._matchEnds[row]];
    }

    private void WriteValue(TablePlan plan, int index, in RowChange row)
    {
        if (!plan.Columns[index].TryWriteValue(_sql, _batch.New(row)[index], _batch.Source))
        {
            throw NotText(plan, index, row);
        }
    }

    private void WriteComma(ref bool isFirst)
    {
        if (!isFirst)
        {
            _sql.Write((byte)',');
        }

        isFirst = false;
    }
}
