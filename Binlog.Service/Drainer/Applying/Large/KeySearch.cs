using System.Runtime.InteropServices;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;

namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>
/// Finds the rows of a large transaction that hand unique-key values on, by reading it several times; a row is found with all its changes. Memory is
/// fixed but for what is found, which has a limit. Not thread-safe.
/// </summary>
/// <param name="breadth">Which rows count.</param>
/// <param name="binlogBytes">Length of the transaction's binlog.</param>
/// <param name="maxBytes">Most memory for what is found.</param>
internal sealed class KeySearch(KeyBreadth breadth, int binlogBytes, long maxBytes)
{
    /// <summary>A row may change its identity several times, and is found step by step then.</summary>
    private const int MaxSteps = 16;

    private const int BytesPerEntry = 32;

    private readonly Dictionary<long, TableUse> _tables = [];
    private readonly HashFilter _released = new(HashFilter.BytesFor(binlogBytes));
    private readonly HashFilter _taken = new(HashFilter.BytesFor(binlogBytes));
    private readonly Dictionary<ulong, KeyUse> _keys = [];
    private readonly HashSet<ulong> _rows = [];
    private readonly RowKeys _rowKeys = new();

    [Flags]
    private enum KeyUse : byte
    {
        Released = 1,
        Taken = 2,
        Both = Released | Taken,
    }

    /// <summary>Whether rows were found.</summary>
    public bool HasFound => _rows.Count > 0;

    /// <summary>Reads the transaction as often as needed.</summary>
    /// <returns>False when too much is found.</returns>
    public async Task<bool> RunAsync(LargePieces pieces, CancellationToken cancellationToken)
    {
        await pieces.ForEachAsync(batch => EachAsync(batch, Note), cancellationToken);
        if (breadth == KeyBreadth.SameValues)
        {
            await pieces.ForEachAsync(batch => EachAsync(batch, NoteExactly), cancellationToken);
        }

        int before = -1;
        for (int step = 0; _rows.Count > before && IsWithinLimit; step++)
        {
            if (step == MaxSteps)
            {
                return false;
            }

            before = _rows.Count;
            await pieces.ForEachAsync(batch => EachAsync(batch, Find), cancellationToken);
        }

        return IsWithinLimit;
    }

    /// <summary>Whether the row was found.</summary>
    public bool Has(ChangeBatch batch, in RowChange row) =>
        _rows.Count > 0 && CanTell(row) && _rows.Contains(RowKeys.IdentityOf(row.Table, row.Kind == RowChangeKind.Insert ? batch.New(row) : batch.Old(row), batch.Source));

    private bool IsWithinLimit => (long)(_rows.Count + _keys.Count) * BytesPerEntry <= maxBytes;

    private Task EachAsync(ChangeBatch batch, Action<ChangeBatch, RowChange> look)
    {
        foreach (ref readonly RowChange row in batch.Rows)
        {
            if (!IsWithinLimit)
            {
                break;
            }

            if (!row.Table.Identity.IsDefaultOrEmpty)
            {
                look(batch, row);
            }
        }

        return Task.CompletedTask;
    }

    private void Note(ChangeBatch batch, RowChange row)
    {
        _rowKeys.Set(batch, row);
        ref TableUse table = ref CollectionsMarshal.GetValueRefOrAddDefault(_tables, row.Table.Info.Id, out _);
        table.Releases |= _rowKeys.Releases;
        table.Takes |= _rowKeys.Takes;

        // The batch as a whole would keep the changes of such a table in their order too.
        table.IsKept |= !BatchCondenser.HasIdentity(batch, row) || (table.Schema is { } schema && !ReferenceEquals(schema, row.Table));
        table.Schema = row.Table;
        _rowKeys.Released.ForEach(_released.Add);
        _rowKeys.Taken.ForEach(_taken.Add);
    }

    private void NoteExactly(ChangeBatch batch, RowChange row)
    {
        _rowKeys.Set(batch, row);
        foreach (ulong key in _rowKeys.Released)
        {
            Note(key, KeyUse.Released, _taken);
        }

        foreach (ulong key in _rowKeys.Taken)
        {
            Note(key, KeyUse.Taken, _released);
        }
    }

    private void Note(ulong key, KeyUse use, HashFilter counterpart)
    {
        if (counterpart.MayContain(key))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_keys, key, out _) |= use;
        }
    }

    private void Find(ChangeBatch batch, RowChange row)
    {
        if (!CanTell(row))
        {
            return;
        }

        ulong old = row.OldValues < 0 ? 0 : RowKeys.IdentityOf(row.Table, batch.Old(row), batch.Source);
        ulong updated = row.NewValues < 0 ? 0 : RowKeys.IdentityOf(row.Table, batch.New(row), batch.Source);
        if ((row.OldValues >= 0 && _rows.Contains(old)) || (row.NewValues >= 0 && _rows.Contains(updated)) || HandsOn(batch, row))
        {
            if (row.OldValues >= 0)
            {
                _rows.Add(old);
            }

            if (row.NewValues >= 0)
            {
                _rows.Add(updated);
            }
        }
    }

    private bool CanTell(in RowChange row) =>
        !row.Table.Identity.IsDefaultOrEmpty && _tables.TryGetValue(row.Table.Info.Id, out TableUse table) && table is { Releases: true, Takes: true, IsKept: false };

    private bool HandsOn(ChangeBatch batch, in RowChange row)
    {
        _rowKeys.Set(batch, row);
        return breadth == KeyBreadth.AnyValues || _rowKeys.AreUnknown
            ? _rowKeys.Releases || _rowKeys.Takes
            : _rowKeys.Released.Exists(IsHandedOn) || _rowKeys.Taken.Exists(IsHandedOn);
    }

    private bool IsHandedOn(ulong key) => _keys.TryGetValue(key, out KeyUse use) && use == KeyUse.Both;

    /// <summary>What happens in a table.</summary>
    private struct TableUse
    {
        public TableSchema? Schema;
        public bool Releases;
        public bool Takes;
        public bool IsKept;
    }
}
