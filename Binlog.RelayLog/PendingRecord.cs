namespace Binlog.RelayLog;

/// <summary>One record of a batch to append.</summary>
/// <param name="Tag">Stored with the record.</param>
/// <param name="Payload">The record's bytes; must not change until the append has completed.</param>
public readonly record struct PendingRecord(RecordTag Tag, ReadOnlyMemory<byte> Payload);
