using Binlog.TiDB.Records;

namespace Binlog.Service.Recordings;

/// <summary>One WriteBinlog call of a recording.</summary>
/// <param name="Header">What the binlog is.</param>
/// <param name="Payload">The serialized binlog as TiDB sent it.</param>
internal readonly record struct RecordedBinlog(BinlogHeader Header, ReadOnlyMemory<byte> Payload);
