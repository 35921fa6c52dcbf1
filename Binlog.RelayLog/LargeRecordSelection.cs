namespace Binlog.RelayLog;

/// <summary>Which records a <see cref="LogReader"/> hands out to be read in pieces, so that their payloads take no memory.</summary>
/// <param name="AboveBytes">Only those whose payload is longer than this.</param>
/// <param name="IsWanted">Only those whose tag it accepts.</param>
public sealed record LargeRecordSelection(int AboveBytes, Predicate<RecordTag> IsWanted);
