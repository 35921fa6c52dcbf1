using System.Runtime.InteropServices;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Condensing;

/// <summary>
/// Turns the changes of a batch, which a target applies in one transaction, into the fewest with the same effect: one for each row that is
/// another one afterwards; table by table, deletes before updates before inserts. So rows of one table and kind stand together, and keys
/// that are handed from row to row are free before they are taken.
/// </summary>
/// <remarks>
/// A row is told from others by the table's <see cref="TableSchema.Identity"/>. A change of any unique key becomes a delete and an insert.
/// Tables without an identity, and tables whose definition changes within the batch, keep their changes as they are, in their order; so do those
/// whose changes contradict one another: the target then says what is wrong. The order among tables is free, because it is not
/// seen before the end and foreign keys are not checked.
/// The original merges like that too (pkg/loader/merge.go), but applies the result in several transactions.
/// Reused. Not thread-safe. Allocates nothing per row.
/// </remarks>
internal sealed partial class BatchCondenser
{
    private readonly Dictionary<long, int> _tableOf = [];
    private readonly List<TableRun> _tables = [];
    private readonly RowChains _chains = new();
    private int[] _nextOfTable = [];
    private RowChange[] _result = [];
    private int _count;

    /// <summary>Puts the batch's rows into their condensed form.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="repetition">What the target may hold already of these changes.</param>
    public void Condense(ChangeBatch batch, Repetition repetition = Repetition.None)
    {
        if (batch.Rows.Length < 2 && repetition == Repetition.None)
        {
            MarkOnly(batch);
            return;
        }

        Collect(batch);
        int most = MostForEach(repetition) * batch.Rows.Length;
        if (_result.Length < most)
        {
            _result = new RowChange[Math.Max(most, 2 * _result.Length)];
        }

        _count = 0;
        foreach (ref readonly TableRun table in CollectionsMarshal.AsSpan(_tables))
        {
            if (IsRepeatable(table.Table, repetition))
            {
                CondenseRepeatably(batch, table);
            }
            else if (!TryCondense(batch, table))
            {
                Keep(batch, table);
            }
        }

        batch.SetRows(_result.AsSpan(0, _count));
        _result.AsSpan(0, _count).Clear();
        _tables.Clear();
        _tableOf.Clear();
    }

    /// <summary>One row alone needs no order; an UPDATE of its keys can be one.</summary>
    private static void MarkOnly(ChangeBatch batch)
    {
        if (batch.Rows.Length == 1 && HasIdentity(batch, batch.Rows[0]))
        {
            batch.SetRows([batch.Rows[0] with { IsOnly = true }]);
        }
    }

    /// <summary>Strings the rows of each table together.</summary>
    private void Collect(ChangeBatch batch)
    {
        ReadOnlySpan<RowChange> rows = batch.Rows;
        if (_nextOfTable.Length < rows.Length)
        {
            _nextOfTable = new int[Math.Max(rows.Length, 2 * _nextOfTable.Length)];
        }

        int last = -1;
        for (int index = 0; index < rows.Length; index++)
        {
            ref readonly RowChange row = ref rows[index];
            _nextOfTable[index] = -1;
            if (last < 0 || !ReferenceEquals(_tables[last].Table, row.Table))
            {
                last = TableOf(row, index);
            }

            ref TableRun table = ref CollectionsMarshal.AsSpan(_tables)[last];
            if (table.Rows > 0)
            {
                _nextOfTable[table.Last] = index;
            }

            table.IsKept |= !ReferenceEquals(table.Table, row.Table) || !HasIdentity(batch, row);
            table.Last = index;
            table.Rows++;
        }
    }

    private int TableOf(in RowChange row, int index)
    {
        ref int position = ref CollectionsMarshal.GetValueRefOrAddDefault(_tableOf, row.Table.Info.Id, out bool isKnown);
        if (!isKnown)
        {
            position = _tables.Count;
            _tables.Add(new TableRun { Table = row.Table, First = index });
        }

        return position;
    }

    private static bool HasIdentity(ChangeBatch batch, in RowChange row)
    {
        if (row.Table.Identity.IsDefaultOrEmpty)
        {
            return false;
        }

        foreach (int column in row.Table.Identity)
        {
            if ((row.OldValues >= 0 && batch.Old(row)[column].Kind is DatumKind.Missing or DatumKind.Null)
                || (row.NewValues >= 0 && batch.New(row)[column].Kind is DatumKind.Missing or DatumKind.Null))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryCondense(ChangeBatch batch, in TableRun table)
    {
        if (!TryChain(batch, table))
        {
            return false;
        }

        foreach (ref readonly RowChain chain in _chains.Chains)
        {
            if (chain.OldValues >= 0 && (!chain.IsLive || !IsSameRow(batch, table.Table, chain)))
            {
                Emit(new RowChange(table.Table, RowChangeKind.Delete, chain.OldValues, -1, chain.CommitTs, IsOnly: true));
            }
        }

        foreach (ref readonly RowChain chain in _chains.Chains)
        {
            if (chain.OldValues >= 0 && chain.IsLive && IsSameRow(batch, table.Table, chain))
            {
                Emit(new RowChange(table.Table, RowChangeKind.Update, chain.OldValues, chain.NewValues, chain.CommitTs, IsOnly: true));
            }
        }

        foreach (ref readonly RowChain chain in _chains.Chains)
        {
            if (chain.IsLive && (chain.OldValues < 0 || !IsSameRow(batch, table.Table, chain)))
            {
                Emit(new RowChange(table.Table, RowChangeKind.Insert, -1, chain.NewValues, chain.CommitTs, IsOnly: true));
            }
        }

        return true;
    }

    /// <summary>Puts the table's changes together row by row; false when that can't be done.</summary>
    private bool TryChain(ChangeBatch batch, in TableRun table)
    {
        if (table.IsKept)
        {
            return false;
        }

        _chains.Start(batch, table.Table, table.Rows);
        for (int index = table.First; index >= 0; index = _nextOfTable[index])
        {
            if (!_chains.TryAdd(batch.Rows[index]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSameRow(ChangeBatch batch, TableSchema table, in RowChain chain) => HasSameKeys(batch, table, chain.OldValues, chain.NewValues);

    /// <summary>Whether two versions of a row have the same values in every unique key.</summary>
    private static bool HasSameKeys(ChangeBatch batch, TableSchema table, int oldValues, int newValues)
    {
        int count = table.Columns.Length;
        return !table.HasComputedKey && KeyValues.AreEqual(table.KeyColumns, batch.Values(oldValues, count), batch.Values(newValues, count), batch.Source);
    }

    private void Keep(ChangeBatch batch, in TableRun table)
    {
        for (int index = table.First; index >= 0; index = _nextOfTable[index])
        {
            Emit(batch.Rows[index]);
        }
    }

    private void Emit(in RowChange row) => _result[_count++] = row;

    /// <summary>The rows of one table: a list through <see cref="_nextOfTable"/>.</summary>
    private struct TableRun
    {
        public TableSchema Table;
        public int First;
        public int Last;
        public int Rows;
        public bool IsKept;
    }
}
