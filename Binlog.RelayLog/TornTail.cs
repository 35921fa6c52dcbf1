namespace Binlog.RelayLog;

/// <summary>The end of the last segment that recovery cut, because it held an append that never finished.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Path">Full path of its file.</param>
/// <param name="Offset">The file's length after the cut.</param>
/// <param name="BytesCut">How many bytes were cut.</param>
/// <param name="BelowCleanClose">
/// True when the log had been closed cleanly beyond <paramref name="Offset"/>: then acknowledged records are missing and the
/// cause is outside the log (a damaged disk, a truncated file, an older copy). Worth an alarm.
/// </param>
public sealed record TornTail(ulong Segment, string Path, long Offset, long BytesCut, bool BelowCleanClose);
