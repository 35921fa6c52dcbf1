using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>What a DDL job did to the tracked schema.</summary>
internal sealed record TrackedChange
{
    /// <summary>Name of the database concerned.</summary>
    public required string SchemaName { get; init; }

    /// <summary>The database, for jobs that create, alter or drop one.</summary>
    public DbInfo? Database { get; init; }

    /// <summary>The table before the job.</summary>
    public TableSchema? Before { get; init; }

    /// <summary>The table after the job.</summary>
    public TableSchema? After { get; init; }

    /// <summary>
    /// The tables that a job makes, renames or brings back when it is about several, those that a dropped database had, and
    /// the table that an exchanged partition became.
    /// </summary>
    public IReadOnlyList<TableSchema> Tables { get; init; } = [];
}
