namespace Binlog.Service.Pump.Sorting;

/// <summary>What a record of the Pump's store is. The values are stored: they never change.</summary>
internal enum PumpRecordKind : ushort
{
    /// <summary>A transaction's changes, before its outcome is known.</summary>
    Prewrite = 1,

    /// <summary>A transaction's commit.</summary>
    Commit = 2,

    /// <summary>A transaction's rollback.</summary>
    Rollback = 3,

    /// <summary>A point in time that no later commit is below (start TS = commit TS).</summary>
    Fake = 4,

    /// <summary>What is about to be removed: everything up to its commit TS. Its payload says what the order stood at then.</summary>
    Retention = 5,

    /// <summary>Who decided a transaction and why; the commit or rollback is the next record.</summary>
    Note = 6,
}
