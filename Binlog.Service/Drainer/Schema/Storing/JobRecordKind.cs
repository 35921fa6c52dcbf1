namespace Binlog.Service.Drainer.Schema.Storing;

/// <summary>What a record of the job store is. The values are stored: they never change, and differ from those of Pumps' and relay logs.</summary>
internal enum JobRecordKind : ushort
{
    /// <summary>A job that took effect; start TS: its ID, commit TS: its schema version, payload: its JSON.</summary>
    Applicable = 65,

    /// <summary>A job that failed or was cancelled; start TS: its ID, payload: its JSON.</summary>
    Void = 66,

    /// <summary>When this was appended, all jobs were there that the upstream had, up to the schema version in commit TS. No payload.</summary>
    Complete = 67,
}
