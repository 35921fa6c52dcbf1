namespace Binlog.Service.Recordings;

/// <summary>How far a replay is. One writer per counter, any number of readers.</summary>
internal sealed class ReplayProgress
{
    private long _decided;
    private long _committed;

    /// <summary>Transactions whose outcome, commit or rollback, is durable on a Pump.</summary>
    public long Decided => Volatile.Read(ref _decided);

    /// <summary>Those of them that were committed.</summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>Counts one more.</summary>
    public void AddDecided(bool isCommit)
    {
        Interlocked.Increment(ref _decided);
        Interlocked.Add(ref _committed, isCommit ? 1 : 0);
    }
}
