using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Serving;

/// <summary>A binlog that may be stored.</summary>
/// <param name="Header">What its fields say.</param>
/// <param name="Payload">Its bytes.</param>
internal readonly record struct AcceptedBinlog(BinlogHeader Header, ReadOnlyMemory<byte> Payload);
