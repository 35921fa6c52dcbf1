namespace Binlog.Service.Pump.Sorting;

/// <summary>The newest transactions that were rolled back on this Pump, by start TS. Bounded: the oldest is forgotten for a new one. Thread-safe.</summary>
internal sealed class RolledBackTransactions(int capacity = RolledBackTransactions.DefaultCapacity)
{
    private const int DefaultCapacity = 1 << 16;

    private readonly Lock _lock = new();
    private readonly HashSet<ulong> _startTs = [];
    private readonly Queue<ulong> _age = new();

    public void Add(ulong startTs)
    {
        lock (_lock)
        {
            if (_startTs.Add(startTs))
            {
                _age.Enqueue(startTs);
                if (_age.Count > capacity)
                {
                    _startTs.Remove(_age.Dequeue());
                }
            }
        }
    }

    public bool Contains(ulong startTs)
    {
        lock (_lock)
        {
            return _startTs.Contains(startTs);
        }
    }

    /// <summary>The start TS, the oldest first.</summary>
    public ulong[] ToArray()
    {
        lock (_lock)
        {
            return [.. _age];
        }
    }
}
