namespace Binlog.RelayLog;

/// <summary>One record of a batch to append.</summary>
/// <param name="Tag">Stored with the record.</param>
/// <param name="Payload">The record's bytes; must not change until the append has completed.</param>
public readonly record struct PendingRecord(RecordTag Tag, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Where the bytes come from instead of <see cref="Payload"/>, in pieces; null for a payload in memory.</summary>
    public IPayloadSource? Source { get; init; }

    /// <summary>Length of the payload in bytes, wherever it is.</summary>
    public int Length => Source?.Length ?? Payload.Length;
}
