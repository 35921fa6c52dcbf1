namespace Binlog.Service.Pump.Retention;

/// <summary>What a removal did.</summary>
/// <param name="Segments">Number of segment files that are gone.</param>
/// <param name="Bytes">Bytes on disk that are free again.</param>
/// <param name="OldestCommitTs">The commit TS below which pulls are refused from now on.</param>
internal sealed record RemovedBinlogs(int Segments, long Bytes, ulong OldestCommitTs);
