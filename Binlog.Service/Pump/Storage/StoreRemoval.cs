namespace Binlog.Service.Pump.Storage;

/// <summary>What a removal did.</summary>
/// <param name="Segments">Segments of the log that were removed.</param>
/// <param name="Bytes">Bytes that were freed, of log and index.</param>
/// <param name="OldestCommitTs">Pulls from below it are refused.</param>
internal sealed record StoreRemoval(int Segments, long Bytes, ulong OldestCommitTs);
