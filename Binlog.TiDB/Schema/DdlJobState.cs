namespace Binlog.TiDB.Schema;

/// <summary>State of a DDL job.</summary>
public enum DdlJobState
{
    None = 0,
    Running = 1,
    RollingBack = 2,
    RollbackDone = 3,
    Done = 4,
    Cancelled = 5,

    /// <summary>Done, and every server knows.</summary>
    Synced = 6,
    Cancelling = 7,
    Queueing = 8,
    Paused = 9,
    Pausing = 10,
}
