namespace Binlog.RelayLog;

/// <summary>The end of the last segment that recovery cut, because it held an append that never finished: nothing in it was acknowledged, unless <see cref="RecoveryReport.MissingEnd"/> says so.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="Path">Full path of its file.</param>
/// <param name="Offset">The file's length after the cut.</param>
/// <param name="BytesCut">How many bytes were cut.</param>
public sealed record TornTail(ulong Segment, string Path, long Offset, long BytesCut);
