namespace Binlog.RelayLog.Committing;

/// <summary>What the next record continues from.</summary>
/// <param name="Offset">Its offset in the last segment.</param>
/// <param name="NextSequence">Its sequence number.</param>
/// <param name="HighestCommitTs">Highest commit TS before it.</param>
internal readonly record struct LogEnd(long Offset, ulong NextSequence, ulong HighestCommitTs);
