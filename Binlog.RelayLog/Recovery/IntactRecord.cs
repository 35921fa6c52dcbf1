namespace Binlog.RelayLog.Recovery;

/// <summary>An intact record, or a gap that a repair left, found by searching.</summary>
/// <param name="Offset">Byte offset in the segment file.</param>
/// <param name="Size">Bytes of the whole record.</param>
/// <param name="Sequence">Its sequence number; of a gap, the first lost one.</param>
/// <param name="GroupStart">First sequence number of its flush group. The repair that left a gap had flushed everything before it.</param>
internal readonly record struct IntactRecord(long Offset, long Size, ulong Sequence, ulong GroupStart);
