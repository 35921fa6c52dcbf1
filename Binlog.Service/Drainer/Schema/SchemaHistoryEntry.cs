using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>A job of the history, parsed and as TiDB stored it.</summary>
/// <param name="Job">The job.</param>
/// <param name="RawJson">Its JSON, byte for byte, so that it can be stored beside the binlog that names it.</param>
internal sealed record SchemaHistoryEntry(DdlJob Job, ReadOnlyMemory<byte> RawJson);
