namespace Binlog.RelayLog;

/// <summary>What the caller says about a record. Stored in the record's header under its checksum; the log itself uses only <paramref name="CommitTs"/>.</summary>
/// <param name="Kind">The caller's own record type.</param>
/// <param name="StartTs">Start TS of the transaction, or 0.</param>
/// <param name="CommitTs">Commit TS of the transaction, or 0. The highest one so far goes into the header of each new segment.</param>
public readonly record struct RecordTag(ushort Kind, ulong StartTs, ulong CommitTs);
