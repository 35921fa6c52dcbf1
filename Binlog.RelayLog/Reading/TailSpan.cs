namespace Binlog.RelayLog.Reading;

/// <summary>A run of a segment's bytes that <see cref="LogTail"/> holds without a gap.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Offset">Where the run begins in the segment.</param>
/// <param name="Base">Where it begins in the tail's own count of bytes; it ends where the next run begins.</param>
internal readonly record struct TailSpan(ulong Segment, long Offset, long Base);
