using System.Collections.Immutable;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.MySql.Rows;

/// <content>How a statement finds its rows.</content>
internal sealed partial class RowStatementWriter
{
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
}
