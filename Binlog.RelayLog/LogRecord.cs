namespace Binlog.RelayLog;

/// <summary>A record as a <see cref="LogReader"/> returns it.</summary>
/// <param name="Position">Where the record begins.</param>
/// <param name="End">First byte after the record in the same segment; a valid place to open a reader at.</param>
/// <param name="Sequence">The record's number in the log, counted from 1 without gaps.</param>
/// <param name="Tag">What the appender said about it.</param>
/// <param name="Payload">The record's bytes, in the reader's own buffer: valid until its next <see cref="LogReader.TryRead"/> or disposal. Empty when <paramref name="Large"/> is set.</param>
/// <param name="Large">What to read the payload with, of a record that <see cref="LogReader.Large"/> selects; its checksum has not been looked at. Null for others.</param>
public readonly record struct LogRecord(LogPosition Position, LogPosition End, ulong Sequence, RecordTag Tag, ReadOnlyMemory<byte> Payload, LargeRecord? Large = null);
