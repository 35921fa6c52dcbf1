using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream;

/// <summary>One upstream DDL job that a target has to realise, with the tracked schema before and after it.</summary>
internal sealed record SchemaChange
{
    /// <summary>Commit TS of the DDL's binlog.</summary>
    public required ulong CommitTs { get; init; }

    /// <summary>The finished job, with its type, query and schema objects.</summary>
    public required DdlJob Job { get; init; }

    /// <summary>The statement as TiDB recorded it in the binlog (the job's own text when the binlog has none).</summary>
    public required string Query { get; init; }

    /// <summary>Name of the database concerned: of the new place of a renamed table, of the database that is created, altered or dropped.</summary>
    public required string SchemaName { get; init; }

    /// <summary>The database, for jobs that create, alter or drop one.</summary>
    public DbInfo? Database { get; init; }

    /// <summary>The table before the job (with its database name, which a rename may change); null when it did not exist.</summary>
    public TableSchema? Before { get; init; }

    /// <summary>The table after the job; null when it no longer exists.</summary>
    public TableSchema? After { get; init; }

    /// <summary>The tables that a job of type "create tables" makes, and those that a dropped database had; empty otherwise.</summary>
    public IReadOnlyList<TableSchema> Tables { get; init; } = [];
}
