using Binlog.Service.Tests.Drainer.Translating;

namespace Binlog.Service.Tests.Drainer.Applying;

/// <summary>
/// The rows of <see cref="KeyedTable"/>, and transactions that hand their keys round in an order in which they are not free before they are taken. Each row's own
/// changes follow one another.
/// </summary>
internal sealed class KeyModel(Random random, int rows)
{
    private readonly SortedDictionary<int, (int U, string? V)> _rows = [];
    private int _nextId = 1;

    public IEnumerable<string> Rows => _rows.Select(row => $"{row.Key}|{row.Value.U}|{row.Value.V ?? "∅"}");

    public ReadOnlyMemory<byte> Opening(ulong commitTs)
    {
        BinlogBuilder binlog = KeyedTable.Begin();
        for (; _nextId <= rows; _nextId++)
        {
            _rows[_nextId] = (_nextId, $"v{_nextId}");
            binlog.Insert(_nextId, null, _nextId, $"v{_nextId}", "w");
        }

        return binlog.Commit(commitTs);
    }

    public ReadOnlyMemory<byte> Change(ulong commitTs)
    {
        var after = new SortedDictionary<int, (int U, string? V)>(_rows);
        foreach (int gone in _rows.Keys.Where(_ => random.Next(15) == 0))
        {
            after.Remove(gone);
        }

        for (int added = random.Next(4); added > 0; added--)
        {
            after[_nextId++] = default;
        }

        Deal(after);
        var histories = new List<Queue<Action<BinlogBuilder>>>();
        foreach (int id in _rows.Keys.Union(after.Keys))
        {
            histories.Add(HistoryOf(id, _rows.TryGetValue(id, out var old) ? old : null, after.TryGetValue(id, out var updated) ? updated : null));
        }

        BinlogBuilder binlog = KeyedTable.Begin();
        while (histories.Where(history => history.Count > 0).ToList() is { Count: > 0 } left)
        {
            left[random.Next(left.Count)].Dequeue()(binlog);
        }

        _rows.Clear();
        foreach ((int id, (int U, string? V) row) in after)
        {
            _rows[id] = row;
        }

        return binlog.Commit(commitTs);
    }

    /// <summary>Gives most rows new keys out of those that there were, and new ones the keys that nobody has.</summary>
    private void Deal(SortedDictionary<int, (int U, string? V)> after)
    {
        List<int> us = [.. Enumerable.Range(1, rows + 40)];
        List<string> vs = [.. Enumerable.Range(1, rows + 40).Select(number => $"v{number}")];
        List<int> moving = [.. after.Keys.Where(id => !_rows.ContainsKey(id) || random.Next(3) == 0)];
        foreach (int id in after.Keys.Except(moving))
        {
            us.Remove(after[id].U);
            vs.Remove(after[id].V ?? "");
        }

        foreach (int id in moving)
        {
            after[id] = (Take(us), random.Next(4) == 0 ? null : Take(vs));
        }
    }

    private T Take<T>(List<T> left)
    {
        int index = random.Next(left.Count);
        T taken = left[index];
        left.RemoveAt(index);
        return taken;
    }

    private Queue<Action<BinlogBuilder>> HistoryOf(int id, (int U, string? V)? old, (int U, string? V)? updated)
    {
        var history = new Queue<Action<BinlogBuilder>>();
        (int U, string? V)? current = old;
        for (int step = random.Next(3); step > 0 && (old is null || old != updated); step--)
        {
            (int U, string? V)? next = random.Next(3) == 0 ? null : (random.Next(1, rows + 40), random.Next(2) == 0 ? null : $"v{random.Next(1, rows + 40)}");
            Add(history, id, current, next);
            current = next;
        }

        Add(history, id, current, updated);
        return history;
    }

    private static void Add(Queue<Action<BinlogBuilder>> history, int id, (int U, string? V)? old, (int U, string? V)? updated)
    {
        if (old is { } before && updated is { } after)
        {
            if (before != after)
            {
                history.Enqueue(binlog => binlog.Update(Values(id, before), Values(id, after)));
            }
        }
        else if (updated is { } inserted)
        {
            history.Enqueue(binlog => binlog.Insert(id, [null, .. Values(id, inserted).Skip(1)]));
        }
        else if (old is { } deleted)
        {
            history.Enqueue(binlog => binlog.Delete(Values(id, deleted)));
        }
    }

    private static object?[] Values(int id, (int U, string? V) row) => [id, row.U, row.V ?? (object)DBNull.Value, "w"];
}
