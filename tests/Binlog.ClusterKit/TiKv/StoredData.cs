using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.ClusterKit.TiKv;

/// <summary>The data that all stores of a double have: keys in order, with versions and locks. Thread-safe.</summary>
internal sealed class StoredData
{
    private readonly Lock _lock = new();
    private readonly List<byte[]> _order = [];
    private readonly List<StoredKey> _keys = [];

    /// <summary>Commits a value.</summary>
    public void Put(byte[] key, byte[] value, ulong startTs, ulong commitTs) => Write(key, new StoredWrite(Op.Put, startTs, commitTs, () => value));

    /// <summary>Commits a value that is made when it is read.</summary>
    public void PutLazily(byte[] key, Func<ReadOnlyMemory<byte>> value, ulong startTs, ulong commitTs) => Write(key, new StoredWrite(Op.Put, startTs, commitTs, value));

    /// <summary>Commits a deletion.</summary>
    public void Delete(byte[] key, ulong startTs, ulong commitTs) => Write(key, new StoredWrite(Op.Del, startTs, commitTs));

    /// <summary>Adds a record as it is.</summary>
    public void Write(byte[] key, StoredWrite write) => Use(data => data.Ensure(key).Add(write));

    /// <summary>Locks a key as a prewrite or a pessimistic lock does.</summary>
    public void Lock(byte[] key, StoredLock held) => Use(data => data.Ensure(key).Lock = held);

    /// <summary>Collects garbage.</summary>
    public void Collect(ulong safePoint) => Use(data => data._keys.ForEach(key => key.Collect(safePoint)));

    /// <summary>The lock of a key; null when it isn't locked.</summary>
    public StoredLock? FindLock(byte[] key) => Use(data => data.Find(key)?.Lock);

    /// <summary>The records of a key, newest first.</summary>
    public IReadOnlyList<StoredWrite> WritesOf(byte[] key) => Use<IReadOnlyList<StoredWrite>>(data => data.Find(key) is { } found ? [.. found.Writes] : []);

    /// <summary>Does something while nobody else does.</summary>
    public T Use<T>(Func<StoredData, T> action)
    {
        lock (_lock)
        {
            return action(this);
        }
    }

    /// <inheritdoc cref="Use{T}"/>
    public void Use(Action<StoredData> action)
    {
        lock (_lock)
        {
            action(this);
        }
    }

    /// <summary>A key that has been written or locked; null when there is none. Within <see cref="Use{T}"/>.</summary>
    public StoredKey? Find(byte[] key) => _order.BinarySearch(key, ByteOrder.Instance) is var index and >= 0 ? _keys[index] : null;

    /// <summary>A key, made when there is none. Within <see cref="Use{T}"/>.</summary>
    public StoredKey Ensure(byte[] key)
    {
        int index = _order.BinarySearch(key, ByteOrder.Instance);
        if (index < 0)
        {
            index = ~index;
            _order.Insert(index, key);
            _keys.Insert(index, new StoredKey(key));
        }

        return _keys[index];
    }

    /// <summary>The keys from one on, in order. Within <see cref="Use{T}"/>.</summary>
    public IEnumerable<StoredKey> From(byte[] start)
    {
        int index = _order.BinarySearch(start, ByteOrder.Instance);
        return _keys.Skip(index < 0 ? ~index : index);
    }
}
