using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Condensing;

/// <content>Changes that the target may have made already, in part.</content>
/// <remarks>
/// <para>They become deletes of every version that a row had and doesn't keep, and inserts of what is there at the end, each of which takes the place of whatever has one
/// of its keys. A row that came and went within the batch is deleted too, and so is a version in between: the target may have been left at any of them.</para>
/// <para>An insert may take the place of a row that the target holds from later on, and that has a key which belongs to another row now. Such a row changes
/// again before the changes that the target may hold are passed, with all its values, and so comes back.</para>
/// <para>The original's safe mode (pkg/loader/model.go) makes a REPLACE of every insert and a DELETE and a REPLACE of every update, one by one; after merging it
/// keeps neither versions in between nor rows that came and went.</para>
/// </remarks>
internal sealed partial class BatchCondenser
{
    /// <summary>The most changes that one change can become.</summary>
    private static int MostForEach(Repetition repetition) => repetition == Repetition.None ? 2 : 3;

    private static bool IsRepeatable(TableSchema table, Repetition repetition) =>
        repetition == Repetition.Anything || (repetition == Repetition.Parts && table.IsDivisible);

    private void CondenseRepeatably(ChangeBatch batch, in TableRun table)
    {
        if (!TryChain(batch, table))
        {
            KeepRepeatably(batch, table);
            return;
        }

        // A version that is left with all its keys as they were is found by them again: by the insert, or by a later delete.
        for (int index = table.First; index >= 0; index = _nextOfTable[index])
        {
            ref readonly RowChange row = ref batch.Rows[index];
            if (row.OldValues >= 0 && (row.NewValues < 0 || !HasSameKeys(batch, table.Table, row.OldValues, row.NewValues)))
            {
                EmitDelete(row, row.OldValues, isOnly: true);
            }
        }

        foreach (ref readonly RowChain chain in _chains.Chains)
        {
            if (chain.IsLive)
            {
                Emit(new RowChange(table.Table, RowChangeKind.Insert, -1, chain.NewValues, chain.CommitTs, IsOnly: true, IsRepeatable: true));
            }
        }
    }

    /// <summary>
    /// Change by change. A row that no key tells from its equals can't be replaced: one that is equal is deleted first. That is right unless
    /// equal rows are meant.
    /// </summary>
    private void KeepRepeatably(ChangeBatch batch, in TableRun table)
    {
        for (int index = table.First; index >= 0; index = _nextOfTable[index])
        {
            RowChange row = batch.Rows[index];
            if (row.OldValues >= 0)
            {
                EmitDelete(row, row.OldValues, isOnly: false);
            }

            if (row.NewValues >= 0)
            {
                if (!HasKey(batch, row) && !IsUnchanged(batch, row))
                {
                    EmitDelete(row, row.NewValues, isOnly: false);
                }

                Emit(new RowChange(row.Table, RowChangeKind.Insert, -1, row.NewValues, row.CommitTs, IsRepeatable: true));
            }
        }
    }

    private void EmitDelete(in RowChange row, int values, bool isOnly) =>
        Emit(new RowChange(row.Table, RowChangeKind.Delete, values, -1, row.CommitTs, isOnly, IsRepeatable: true));

    /// <summary>Whether the new row has a unique key without NULL.</summary>
    private static bool HasKey(ChangeBatch batch, in RowChange row)
    {
        ReadOnlySpan<Datum> values = batch.New(row);
        foreach (var key in row.Table.UniqueKeys)
        {
            bool isUsable = true;
            foreach (int column in key)
            {
                isUsable &= values[column].Kind is not (DatumKind.Null or DatumKind.Missing);
            }

            if (isUsable)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsUnchanged(ChangeBatch batch, in RowChange row)
    {
        if (row.OldValues < 0)
        {
            return false;
        }

        ReadOnlySpan<Datum> old = batch.Old(row);
        ReadOnlySpan<Datum> now = batch.New(row);
        for (int column = 0; column < now.Length; column++)
        {
            if (!KeyValues.AreEqual(old[column], now[column], batch.Source))
            {
                return false;
            }
        }

        return true;
    }
}
