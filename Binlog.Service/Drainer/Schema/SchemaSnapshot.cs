using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>The upstream's schema as of a timestamp.</summary>
/// <param name="Version">Its schema version; states in the middle of a job have one of their own.</param>
/// <param name="Databases">All databases.</param>
/// <param name="Tables">All tables, views and sequences, each with the ID of its database.</param>
internal sealed record SchemaSnapshot(long Version, IReadOnlyList<DbInfo> Databases, IReadOnlyList<(long DatabaseId, TableInfo Info)> Tables);
