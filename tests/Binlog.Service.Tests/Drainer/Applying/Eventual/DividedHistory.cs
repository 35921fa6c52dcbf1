using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Applying.Eventual;
using Binlog.Service.Tests.Downstream.Condensing;
using Binlog.Service.Tests.Downstream.MySql;
using static Binlog.Service.Tests.Downstream.MySql.Tables;

namespace Binlog.Service.Tests.Drainer.Applying.Eventual;

/// <summary>A random history of a table with two unique keys, and the ways in which it is applied to a copy.</summary>
internal sealed class DividedHistory
{
    private const int Workers = 3;

    private static readonly TableSchema Table = Tables.Schema("d", Info("u", Id(), Column(2, "u"), Column(3, "v")) with { Indexes = [Index(1, "u", true, "u")] });

    private readonly List<(RowChangeKind Kind, object?[]? Old, object?[]? Values)> _changes = [];
    private readonly List<ModelTable> _states = [];
    private readonly Random _random;

    public DividedHistory(int seed, int changes)
    {
        _random = new Random(seed);
        var table = new ModelTable();
        for (int row = 0; row < 6; row++)
        {
            table.TryInsert([row, _random.Next(2) == 0 ? null : row + 10, 0]);
        }

        _states.Add(table.Copy());
        while (_changes.Count < changes)
        {
            if (TryStep(table))
            {
                _states.Add(table.Copy());
            }
        }
    }

    public ModelTable Start => _states[0].Copy();

    public ModelTable Any => _states[_random.Next(_states.Count)].Copy();

    public ModelTable End => _states[^1];

    /// <summary>Applies in groups of any size whose parts are committed in any order that workers may have, strictly; stops anywhere when told so.</summary>
    /// <returns>Whether it came to the end.</returns>
    public bool ApplyInParts(ModelTable replica, bool mayStop)
    {
        var divider = new GroupDivider();
        var queues = Enumerable.Range(0, Workers).Select(_ => new Queue<(ChangeBatch Batch, RowChange Row)>()).ToArray();
        ulong sequence = 0;
        ulong durable = 0;
        foreach (ChangeBatch batch in Groups())
        {
            new BatchCondenser().Condense(batch);
            Division division = divider.Divide(batch, Workers, ++sequence, durable);
            if (division != Division.Divided)
            {
                while (Advance(queues, replica))
                {
                }

                durable = sequence - 1;
                division = divider.Divide(batch, Workers, sequence, durable);
            }

            if (division == Division.Alone)
            {
                foreach (RowChange row in batch.Rows)
                {
                    Apply(replica, batch, row);
                }

                continue;
            }

            for (int worker = 0; worker < Workers; worker++)
            {
                (int first, int count) = divider.RangeOf(worker);
                foreach (RowChange row in batch.Rows.Slice(first, count))
                {
                    queues[worker].Enqueue((batch, row));
                }
            }

            for (int steps = _random.Next(12); steps > 0; steps--)
            {
                Advance(queues, replica);
            }

            if (mayStop && _random.Next(6) == 0)
            {
                return false;
            }
        }

        while (Advance(queues, replica))
        {
        }

        return true;
    }

    /// <summary>Applies all of it, in groups of any size, to a table that may hold parts of it.</summary>
    public void ApplyRepeatably(ModelTable replica, Repetition repetition)
    {
        foreach (ChangeBatch batch in Groups())
        {
            new BatchCondenser().Condense(batch, repetition);
            foreach (RowChange row in batch.Rows)
            {
                Assert.True(row.IsRepeatable);
                Apply(replica, batch, row);
            }
        }
    }

    private IEnumerable<ChangeBatch> Groups()
    {
        for (int next = 0; next < _changes.Count;)
        {
            var batch = new ChangeBatch();
            for (int size = _random.Next(1, 15); size > 0 && next < _changes.Count; size--, next++)
            {
                (RowChangeKind kind, object?[]? old, object?[]? values) = _changes[next];
                _ = kind switch
                {
                    RowChangeKind.Insert => batch.Insert(Table, values!),
                    RowChangeKind.Delete => batch.Delete(Table, old!),
                    _ => batch.Update(Table, old!, values!),
                };
            }

            yield return batch;
        }
    }

    /// <summary>One of the workers that have something to do does one thing; false when none has.</summary>
    private bool Advance(Queue<(ChangeBatch Batch, RowChange Row)>[] queues, ModelTable replica)
    {
        Queue<(ChangeBatch Batch, RowChange Row)>[] busy = [.. queues.Where(queue => queue.Count > 0)];
        if (busy.Length == 0)
        {
            return false;
        }

        (ChangeBatch batch, RowChange row) = busy[_random.Next(busy.Length)].Dequeue();
        Apply(replica, batch, row);
        return true;
    }

    private static void Apply(ModelTable replica, ChangeBatch batch, RowChange row)
    {
        object?[] old = row.OldValues < 0 ? [] : ModelTable.Row(batch.Old(row));
        object?[] values = row.NewValues < 0 ? [] : ModelTable.Row(batch.New(row));
        if (row.IsRepeatable)
        {
            replica.Repeat(row.Kind, old, values);
            return;
        }

        Assert.True(row.Kind switch
        {
            RowChangeKind.Insert => replica.TryInsert(values),
            RowChangeKind.Delete => replica.TryDelete(old),
            _ => replica.TryUpdate(old, values),
        });
    }

    private bool TryStep(ModelTable table)
    {
        object?[] values = [_random.Next(9), _random.Next(4) == 0 ? null : _random.Next(8) + 10, _random.Next(1000)];
        object?[]? old = table.Any(_random.Next(1000));
        switch (_random.Next(3))
        {
            case 0 when table.TryInsert(values):
                _changes.Add((RowChangeKind.Insert, null, values));
                return true;
            case 1 when old is not null && table.TryDelete(old):
                _changes.Add((RowChangeKind.Delete, old, null));
                return true;
            case 2 when old is not null && table.TryUpdate(old, values):
                _changes.Add((RowChangeKind.Update, old, values));
                return true;
            default:
                return false;
        }
    }
}
