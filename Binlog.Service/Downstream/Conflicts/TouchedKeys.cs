using System.Collections.Immutable;
using System.Numerics;
using Binlog.Service.Downstream.Condensing;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Conflicts;

/// <summary>
/// The unique keys, old and new, of a batch's rows, to find out which rows of other batches meet them. Keys are kept as hashes, so a row may seem to
/// meet one that it doesn't; never the other way round for keys that are equal as bytes. Reused; read by many once it is filled.
/// </summary>
/// <remarks>
/// A row of a table whose rows can't be told apart, or that has a unique key that rows don't carry, meets every row of its table. NULLs
/// meet nothing. Foreign keys play no part: targets don't check them, and commits come in the upstream's order.
/// </remarks>
internal sealed class TouchedKeys
{
    private const int AnyRow = -1;
    private const int WholeTable = -2;

    private int[] _hashes = new int[64];
    private int _count;

    /// <summary>Forgets all keys.</summary>
    public void Clear()
    {
        _hashes.AsSpan().Clear();
        _count = 0;
    }

    /// <summary>Takes the keys of all rows of a batch in the place of those before.</summary>
    public void Set(ChangeBatch batch)
    {
        Clear();
        foreach (ref readonly RowChange row in batch.Rows)
        {
            Add(batch, row);
        }
    }

    /// <summary>Adds a row's keys.</summary>
    public void Add(ChangeBatch batch, in RowChange row)
    {
        TableSchema table = row.Table;
        Add(HashCode.Combine(table.Info.Id, AnyRow));
        if (IsWholeTable(row))
        {
            Add(HashCode.Combine(table.Info.Id, WholeTable));
            return;
        }

        for (int key = 0; key < table.UniqueKeys.Length; key++)
        {
            if (row.OldValues >= 0 && TryHash(batch, table, key, batch.Old(row), out int old))
            {
                Add(old);
            }

            if (row.NewValues >= 0 && TryHash(batch, table, key, batch.New(row), out int now))
            {
                Add(now);
            }
        }
    }

    /// <summary>Whether a row may have a key in common with the rows that were added.</summary>
    public bool Meets(ChangeBatch batch, in RowChange row)
    {
        TableSchema table = row.Table;
        if (_count == 0 || !Contains(HashCode.Combine(table.Info.Id, AnyRow)))
        {
            return false;
        }

        if (IsWholeTable(row) || Contains(HashCode.Combine(table.Info.Id, WholeTable)))
        {
            return true;
        }

        for (int key = 0; key < table.UniqueKeys.Length; key++)
        {
            if ((row.OldValues >= 0 && TryHash(batch, table, key, batch.Old(row), out int old) && Contains(old))
                || (row.NewValues >= 0 && TryHash(batch, table, key, batch.New(row), out int now) && Contains(now)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWholeTable(in RowChange row) => !row.IsOnly || row.Table.Identity.IsDefaultOrEmpty || row.Table.HasHiddenKey;

    private static bool TryHash(ChangeBatch batch, TableSchema table, int key, ReadOnlySpan<Datum> values, out int hash)
    {
        ImmutableArray<int> columns = table.UniqueKeys[key];
        foreach (int column in columns)
        {
            if (values[column].Kind is DatumKind.Null or DatumKind.Missing)
            {
                hash = 0;
                return false;
            }
        }

        hash = HashCode.Combine(table.Info.Id, key, KeyValues.Hash(columns, values, batch.Source));
        return true;
    }

    private void Add(int hash)
    {
        if (2 * _count >= _hashes.Length)
        {
            Grow();
        }

        int place = PlaceOf(hash);
        _count += _hashes[place] == 0 ? 1 : 0;
        _hashes[place] = NonZero(hash);
    }

    private bool Contains(int hash) => _hashes[PlaceOf(hash)] != 0;

    /// <summary>Where a hash stands, or the free place where it would.</summary>
    private int PlaceOf(int hash)
    {
        int sought = NonZero(hash);
        int mask = _hashes.Length - 1;
        int place = (int)BitOperations.RotateLeft((uint)sought * 0x9E3779B1u, 15) & mask;
        while (_hashes[place] != 0 && _hashes[place] != sought)
        {
            place = (place + 1) & mask;
        }

        return place;
    }

    private void Grow()
    {
        int[] before = _hashes;
        _hashes = new int[2 * before.Length];
        foreach (int hash in before)
        {
            if (hash != 0)
            {
                _hashes[PlaceOf(hash)] = hash;
            }
        }
    }

    private static int NonZero(int hash) => hash == 0 ? 1 : hash;
}
