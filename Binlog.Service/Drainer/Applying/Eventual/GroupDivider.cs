using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Conflicts;

namespace Binlog.Service.Drainer.Applying.Eventual;

/// <summary>
/// Divides the rows of condensed batches among workers: rows that share a value of a unique key, old or new, go to one worker, within a batch and across those that are under
/// way, so that each worker's order is all the order that is needed. Reused. Not thread-safe. Allocates nothing per row.
/// </summary>
/// <remarks>
/// <para>Rows of tables with one unique key go by its hash. Those of tables with several are first put together to components that share keys; a component goes to the worker that
/// has one of its keys under way. When that are two, it has to wait.</para>
/// <para>Rows of tables that aren't divisible (<see cref="TableSchema.IsDivisible"/>) are the rest, which is applied with the checkpoint, in order and once.</para>
/// <para>The original (pkg/loader/causality.go) does so too, but flushes everything at each meeting, compares text as bytes, and hashes the whole row where there is no key, so that equal
/// rows are changed twice after a crash.</para>
/// </remarks>
internal sealed class GroupDivider
{
    /// <summary>So many owners of keys are looked up; more have to wait until nothing is under way and all are forgotten.</summary>
    private const int MostOwners = 500_000;

    private const int FewOwners = 10_000;
    private const int Nobody = -1;

    private readonly Dictionary<int, (int Worker, ulong Sequence)> _owners = [];
    private readonly Dictionary<int, int> _rowOfKey = [];
    private int[] _workerOf = [];
    private int[] _parentOf = [];
    private int[] _ownerOf = [];
    private int[] _ends = [];
    private RowChange[] _sorted = [];

    /// <summary>Puts the batch's rows into the order of their workers, the rest last; each worker's keep theirs.</summary>
    /// <param name="batch">The batch, condensed. Unchanged unless it is divided.</param>
    /// <param name="workers">How many there are, at least one; the same every time but when nothing is under way.</param>
    /// <param name="sequence">Number of the batch.</param>
    /// <param name="durable">Number of the last batch that isn't under way any more.</param>
    public Division Divide(ChangeBatch batch, int workers, ulong sequence, ulong durable)
    {
        int count = batch.Rows.Length;
        Prepare(count, workers, isIdle: durable + 1 == sequence);
        if (_owners.Count > MostOwners)
        {
            return Division.Meets;
        }

        bool hasComponents = false;
        for (int index = 0; index < count; index++)
        {
            ref readonly RowChange row = ref batch.Rows[index];
            if (!row.Table.IsDivisible)
            {
                _workerOf[index] = workers;
            }
            else if (!row.IsOnly)
            {
                return Division.Alone;
            }
            else if (row.Table.UniqueKeys.Length > 1)
            {
                Join(batch, index);
                hasComponents = true;
            }
            else if (!TryChooseByKey(batch, row, workers, out _workerOf[index]))
            {
                return Division.Alone;
            }
        }

        if (hasComponents && !TryChooseForComponents(batch, workers, sequence, durable))
        {
            return Division.Meets;
        }

        Sort(batch, workers);
        return Division.Divided;
    }

    /// <summary>The rows of a worker after <see cref="Divide"/>; those of the rest for the number of workers.</summary>
    public (int First, int Count) RangeOf(int worker)
    {
        int first = worker == 0 ? 0 : _ends[worker - 1];
        return (first, _ends[worker] - first);
    }

    private void Prepare(int rows, int workers, bool isIdle)
    {
        if (isIdle && _owners.Count > FewOwners)
        {
            _owners.Clear();
        }

        if (_workerOf.Length < rows)
        {
            int size = Math.Max(rows, 2 * _workerOf.Length);
            (_workerOf, _parentOf, _ownerOf, _sorted) = (new int[size], new int[size], new int[size], new RowChange[size]);
        }

        if (_ends.Length < workers + 1)
        {
            _ends = new int[workers + 1];
        }

        _parentOf.AsSpan(0, rows).Fill(Nobody);
        _rowOfKey.Clear();
    }

    /// <summary>A row that gets another key may belong to two workers.</summary>
    private static bool TryChooseByKey(ChangeBatch batch, in RowChange row, int workers, out int worker)
    {
        int old = row.OldValues >= 0 && CollatedKeys.TryHash(batch, row.Table, 0, batch.Old(row), out int oldHash) ? WorkerOf(oldHash, workers) : Nobody;
        int now = row.NewValues >= 0 && CollatedKeys.TryHash(batch, row.Table, 0, batch.New(row), out int newHash) ? WorkerOf(newHash, workers) : Nobody;
        worker = old >= 0 ? old : now;
        return old < 0 || now < 0 || old == now;
    }

    /// <summary>Puts a row together with those before it that share a key.</summary>
    private void Join(ChangeBatch batch, int index)
    {
        ref readonly RowChange row = ref batch.Rows[index];
        _parentOf[index] = index;
        _ownerOf[index] = Nobody;
        for (int key = 0; key < row.Table.UniqueKeys.Length; key++)
        {
            if (row.OldValues >= 0 && CollatedKeys.TryHash(batch, row.Table, key, batch.Old(row), out int old))
            {
                Join(old, index);
            }

            if (row.NewValues >= 0 && CollatedKeys.TryHash(batch, row.Table, key, batch.New(row), out int now))
            {
                Join(now, index);
            }
        }
    }

    private void Join(int hash, int index)
    {
        if (!_rowOfKey.TryAdd(hash, index))
        {
            _parentOf[RootOf(index)] = RootOf(_rowOfKey[hash]);
        }
    }

    private bool TryChooseForComponents(ChangeBatch batch, int workers, ulong sequence, ulong durable)
    {
        foreach ((int hash, int index) in _rowOfKey)
        {
            if (_owners.TryGetValue(hash, out (int Worker, ulong Sequence) owner) && owner.Sequence > durable)
            {
                ref int worker = ref _ownerOf[RootOf(index)];
                if (worker != Nobody && worker != owner.Worker)
                {
                    return false;
                }

                worker = owner.Worker;
            }
        }

        foreach ((int hash, int index) in _rowOfKey)
        {
            ref int worker = ref _ownerOf[RootOf(index)];
            worker = worker == Nobody ? WorkerOf(hash, workers) : worker;
            _owners[hash] = (worker, sequence);
        }

        for (int index = 0; index < batch.Rows.Length; index++)
        {
            if (_parentOf[index] != Nobody)
            {
                _workerOf[index] = _ownerOf[RootOf(index)];
            }
        }

        return true;
    }

    private int RootOf(int index)
    {
        while (_parentOf[index] != index)
        {
            _parentOf[index] = _parentOf[_parentOf[index]];
            index = _parentOf[index];
        }

        return index;
    }

    private void Sort(ChangeBatch batch, int workers)
    {
        int count = batch.Rows.Length;
        Span<int> next = _ends.AsSpan(0, workers + 1);
        next.Clear();
        foreach (int worker in _workerOf.AsSpan(0, count))
        {
            next[worker]++;
        }

        int first = 0;
        foreach (ref int place in next)
        {
            (place, first) = (first, first + place);
        }

        for (int index = 0; index < count; index++)
        {
            _sorted[next[_workerOf[index]]++] = batch.Rows[index];
        }

        batch.SetRows(_sorted.AsSpan(0, count));
        _sorted.AsSpan(0, count).Clear();
    }

    private static int WorkerOf(int hash, int workers) => (int)((uint)hash % (uint)workers);
}
