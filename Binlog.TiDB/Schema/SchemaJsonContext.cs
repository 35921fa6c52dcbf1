using System.Text.Json.Serialization;

namespace Binlog.TiDB.Schema;

[JsonSourceGenerationOptions(MaxDepth = 64)]
[JsonSerializable(typeof(DdlJob))]
[JsonSerializable(typeof(TableInfo))]
[JsonSerializable(typeof(DbInfo))]
internal sealed partial class SchemaJsonContext : JsonSerializerContext;
