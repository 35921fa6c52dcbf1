namespace Binlog.Service.Drainer.Relaying;

/// <summary>What a record of the relay log is. The values are stored: they never change.</summary>
internal enum RelayRecordKind : ushort
{
    /// <summary>Where the relay log begins, or goes on after a gap that the target already has: everything after the record's commit TS follows. No payload.</summary>
    Start = 1,

    /// <summary>A committed transaction: the payload is its binlog.</summary>
    Transaction = 2,

    /// <summary>A finished DDL job: the payload is a <see cref="RelayDdl"/>.</summary>
    Ddl = 3,

    /// <summary>A point in time up to which the relay log is complete. No payload.</summary>
    Watermark = 4,
}
