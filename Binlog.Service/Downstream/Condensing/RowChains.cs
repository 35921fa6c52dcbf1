using System.Collections.Immutable;
using System.Numerics;
using Binlog.TiDB.Codec;

namespace Binlog.Service.Downstream.Condensing;

/// <summary>
/// The changes of one table in a batch, put together row by row. Rows are told apart by the table's identity, a key that has no NULL.
/// Reused from table to table. Not thread-safe.
/// </summary>
internal sealed class RowChains
{
    private RowChain[] _chains = new RowChain[64];
    private int[] _buckets = [];
    private int _count;
    private TableSchema _table = null!;
    private ChangeBatch _batch = null!;

    /// <summary>What happened to each row, in the order in which it was touched first. Those that came and went within the batch are among them.</summary>
    public ReadOnlySpan<RowChain> Chains => _chains.AsSpan(0, _count);

    /// <summary>Begins with a table that has an identity.</summary>
    /// <param name="batch">Where the values are.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">How many changes will be added at most.</param>
    public void Start(ChangeBatch batch, TableSchema table, int rows)
    {
        _batch = batch;
        _table = table;
        _count = 0;
        int buckets = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * rows));
        if (_buckets.Length < buckets)
        {
            _buckets = new int[buckets];
        }

        _buckets.AsSpan().Fill(-1);
    }

    /// <summary>Adds the next change of the table.</summary>
    /// <returns>False when it contradicts the ones before, which no upstream does: a second row under one key, or a change of a row that is gone.</returns>
    public bool TryAdd(in RowChange row) => row.Kind switch
    {
        RowChangeKind.Insert => TryInsert(row),
        RowChangeKind.Delete => TryDelete(row),
        _ => TryUpdate(row),
    };

    private bool TryInsert(in RowChange row)
    {
        int chain = Find(row.NewValues, out int hash);
        if (chain < 0)
        {
            Add(-1, row.NewValues, row.NewValues, hash, row.CommitTs);
            return true;
        }

        ref RowChain found = ref _chains[chain];
        if (found.IsLive)
        {
            return false;
        }

        Set(ref found, row.NewValues, row.NewValues, row.CommitTs);
        return true;
    }

    private bool TryDelete(in RowChange row)
    {
        int chain = Find(row.OldValues, out int hash);
        if (chain < 0)
        {
            Add(row.OldValues, -1, row.OldValues, hash, row.CommitTs);
            return true;
        }

        ref RowChain found = ref _chains[chain];
        if (!found.IsLive)
        {
            return false;
        }

        Set(ref found, -1, row.OldValues, row.CommitTs);
        return true;
    }

    private bool TryUpdate(in RowChange row)
    {
        int chain = Find(row.OldValues, out int hash);
        if (chain >= 0 && !_chains[chain].IsLive)
        {
            return false;
        }

        if (KeyValues.AreEqual(_table.Identity, _batch.Old(row), _batch.New(row), _batch.Source))
        {
            if (chain < 0)
            {
                Add(row.OldValues, row.NewValues, row.NewValues, hash, row.CommitTs);
            }
            else
            {
                Set(ref _chains[chain], row.NewValues, row.NewValues, row.CommitTs);
            }

            return true;
        }

        return TryMove(chain, row);
    }

    /// <summary>The row changes its key. Whatever was found under the new key is gone, and no longer found.</summary>
    private bool TryMove(int chain, in RowChange row)
    {
        int occupant = Find(row.NewValues, out int hash);
        if (occupant >= 0)
        {
            if (_chains[occupant].IsLive)
            {
                return false;
            }

            Unlink(occupant);
        }

        if (chain < 0)
        {
            Add(row.OldValues, row.NewValues, row.NewValues, hash, row.CommitTs);
            return true;
        }

        Unlink(chain);
        ref RowChain moved = ref _chains[chain];
        moved.Hash = hash;
        Set(ref moved, row.NewValues, row.NewValues, row.CommitTs);
        Link(chain);
        return true;
    }

    private int Find(int values, out int hash)
    {
        ImmutableArray<int> identity = _table.Identity;
        ReadOnlySpan<Datum> sought = ValuesAt(values);
        hash = KeyValues.Hash(identity, sought, _batch.Source);
        for (int chain = _buckets[Bucket(hash)]; chain >= 0; chain = _chains[chain].Next)
        {
            if (_chains[chain].Hash == hash && KeyValues.AreEqual(identity, ValuesAt(_chains[chain].KeyValues), sought, _batch.Source))
            {
                return chain;
            }
        }

        return -1;
    }

    private void Add(int oldValues, int newValues, int keyValues, int hash, ulong commitTs)
    {
        if (_count == _chains.Length)
        {
            Array.Resize(ref _chains, 2 * _count);
        }

        _chains[_count] = new RowChain { OldValues = oldValues, NewValues = newValues, KeyValues = keyValues, Hash = hash, CommitTs = commitTs };
        Link(_count++);
    }

    private static void Set(ref RowChain chain, int newValues, int keyValues, ulong commitTs)
    {
        chain.NewValues = newValues;
        chain.KeyValues = keyValues;
        chain.CommitTs = commitTs;
    }

    private void Link(int chain)
    {
        ref int bucket = ref _buckets[Bucket(_chains[chain].Hash)];
        _chains[chain].Next = bucket;
        bucket = chain;
    }

    private void Unlink(int chain)
    {
        ref int link = ref _buckets[Bucket(_chains[chain].Hash)];
        while (link != chain)
        {
            link = ref _chains[link].Next;
        }

        link = _chains[chain].Next;
    }

    private ReadOnlySpan<Datum> ValuesAt(int first) => _batch.Values(first, _table.Columns.Length);

    private int Bucket(int hash) => hash & (_buckets.Length - 1);
}
