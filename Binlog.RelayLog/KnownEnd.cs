namespace Binlog.RelayLog;

/// <summary>Up to where somebody knows that a log had been flushed. A log that ends before has lost acknowledged records.</summary>
/// <param name="LogId">The log's identity.</param>
/// <param name="End">End of the last record known to have been flushed.</param>
/// <param name="NextSequence">Sequence number of the record that follows it; 0 when unknown.</param>
/// <param name="Source">Who knows, for messages: "the last clean close".</param>
public sealed record KnownEnd(Guid LogId, LogPosition End, ulong NextSequence, string Source);
