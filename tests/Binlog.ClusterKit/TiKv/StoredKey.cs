using Binlog.Cluster.Contracts.TiKv;

namespace Binlog.ClusterKit.TiKv;

/// <summary>All versions of a key, newest first, and its lock. Its store synchronizes.</summary>
internal sealed class StoredKey(byte[] key)
{
    private readonly List<StoredWrite> _writes = [];

    /// <summary>The raw key.</summary>
    public byte[] Key => key;

    /// <summary>The lock; null when it isn't locked.</summary>
    public StoredLock? Lock { get; set; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<StoredWrite> Writes => _writes;

    /// <summary>Adds a record in its place.</summary>
    public void Add(StoredWrite write)
    {
        int index = _writes.FindIndex(other => other.CommitTs <= write.CommitTs);
        if (index >= 0 && _writes[index].CommitTs == write.CommitTs)
        {
            _writes[index] = write;
            return;
        }

        _writes.Insert(index < 0 ? _writes.Count : index, write);
    }

    /// <summary>Takes records of a commit away that garbage collection would: all but the newest at or below the safe point.</summary>
    public void Collect(ulong safePoint)
    {
        int newest = _writes.FindIndex(write => write.CommitTs <= safePoint && write.Type is Op.Put or Op.Del);
        if (newest >= 0)
        {
            int keep = _writes[newest].Type == Op.Put ? newest + 1 : newest;
            _writes.RemoveRange(keep, _writes.Count - keep);
        }
    }

    /// <summary>
    /// The record of a transaction: its own, or another one's at its start TS that says that it was rolled back.
    /// </summary>
    /// <remarks>Source: tikv/tikv, storage/mvcc/reader/reader.rs, get_txn_commit_record.</remarks>
    public StoredWrite? FindRecord(ulong startTs)
    {
        foreach (StoredWrite write in _writes)
        {
            if (write.StartTs == startTs || (write.CommitTs == startTs && write.HasOverlappedRollback))
            {
                return write;
            }
        }

        return null;
    }

    /// <summary>Whether there is a value as of a timestamp.</summary>
    public bool IsVisible(ulong version) => FindValue(version) is { Type: Op.Put };

    /// <summary>The value as of a timestamp; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Read(ulong version) => FindValue(version) is { Type: Op.Put } write ? write.Value!() : default(ReadOnlyMemory<byte>?);

    /// <summary>The lock that a read as of a timestamp waits for; null when none does.</summary>
    /// <remarks>Source: tikv/tikv, txn_types/src/lock.rs, check_ts_conflict.</remarks>
    public StoredLock? FindObstacle(ulong version, ICollection<ulong> ignored) =>
        Lock is { Type: Op.Put or Op.Del } held && held.StartTs <= version && held.MinCommitTs <= version && !ignored.Contains(held.StartTs) ? held : null;

    /// <summary>Writes the record of a rollback; where another transaction's record is in its place, that one says so if it has to be kept.</summary>
    /// <remarks>Source: tikv/tikv, storage/txn/actions/check_txn_status.rs, make_rollback.</remarks>
    public void Rollback(ulong startTs, bool isProtected)
    {
        int overlapped = _writes.FindIndex(write => write.CommitTs == startTs);
        if (overlapped < 0)
        {
            Add(new StoredWrite(Op.Rollback, startTs, startTs));
        }
        else if (isProtected && _writes[overlapped].StartTs != startTs)
        {
            _writes[overlapped] = _writes[overlapped] with { HasOverlappedRollback = true };
        }
    }

    private StoredWrite? FindValue(ulong version) => _writes.Find(write => write.CommitTs <= version && write.Type is Op.Put or Op.Del);
}
