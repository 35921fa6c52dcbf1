namespace Binlog.RelayLog;

/// <summary>A record as <see cref="RecordWindow"/> reads it.</summary>
/// <param name="Tag">What the appender said about it.</param>
/// <param name="PayloadLength">Length of its payload in bytes.</param>
/// <param name="Payload">The payload, whose checksum was right; empty when the record is large.</param>
/// <param name="Large">What to read the payload of a large record with; null for others.</param>
public readonly record struct WindowedRecord(RecordTag Tag, int PayloadLength, ReadOnlyMemory<byte> Payload, LargeRecord? Large);
