using Binlog.Service.Downstream;

namespace Binlog.Service.Drainer.Applying;

/// <summary>How many rows of each kind have been applied since the start. One writer, any number of readers.</summary>
internal sealed class AppliedRows
{
    private long _inserts;
    private long _updates;
    private long _deletes;
    private long _groups;
    private long _restarts;

    public long Inserts => Volatile.Read(ref _inserts);

    public long Updates => Volatile.Read(ref _updates);

    public long Deletes => Volatile.Read(ref _deletes);

    /// <summary>Downstream transactions, each of which moved the checkpoint.</summary>
    public long Groups => Volatile.Read(ref _groups);

    /// <summary>Downstream transactions that were rolled back and executed anew, because their turn did not come or the target refused them before it.</summary>
    public long Restarts => Volatile.Read(ref _restarts);

    /// <summary>Counts a transaction that is executed anew. Any number of writers.</summary>
    public void AddRestart() => Interlocked.Increment(ref _restarts);

    /// <summary>Counts the rows of one downstream transaction.</summary>
    public void Add(RowCounts rows)
    {
        Volatile.Write(ref _inserts, _inserts + rows.Inserts);
        Volatile.Write(ref _updates, _updates + rows.Updates);
        Volatile.Write(ref _deletes, _deletes + rows.Deletes);
        Volatile.Write(ref _groups, _groups + 1);
    }
}
