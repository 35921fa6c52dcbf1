namespace Binlog.TiDB.Records;

/// <summary>Reads part of a payload that isn't in memory.</summary>
/// <param name="target">To be filled; not longer than what follows <paramref name="offset"/>.</param>
/// <param name="offset">Where to begin, in bytes from the payload's start.</param>
public delegate void PayloadRead(Span<byte> target, int offset);
