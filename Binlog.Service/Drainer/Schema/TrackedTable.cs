using Binlog.Service.Downstream;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>A table that the tracker knows; its decoder is built when a row first needs it, not for every job of the history.</summary>
internal sealed class TrackedTable(long schemaId, string schemaName, TableInfo info, long schemaVersion)
{
    private TableSchema? _schema;

    /// <summary>ID of its database.</summary>
    public long SchemaId { get; } = schemaId;

    /// <summary>Name of its database.</summary>
    public string SchemaName { get; } = schemaName;

    /// <summary>Its definition.</summary>
    public TableInfo Info { get; } = info;

    /// <summary>Schema version of the job that made the definition.</summary>
    public long SchemaVersion { get; } = schemaVersion;

    /// <summary>Whether it belongs to TiDB itself.</summary>
    public bool IsSystem { get; } = SystemSchemas.Contains(schemaName);

    /// <summary>A DROP COLUMN is under way: rows may lack the column already.</summary>
    public bool IsDroppingColumn { get; set; }

    /// <summary>The table with its decoder.</summary>
    public TableSchema Schema => _schema ??= new TableSchema(SchemaName, Info, SchemaVersion);
}
