namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Databases that belong to a server or to this target, and are never written to on behalf of the upstream.</summary>
internal static class SystemSchemas
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "mysql", "information_schema", "performance_schema", "metrics_schema", "sys", CheckpointTable.Database,
    };

    /// <summary>Whether the database is one of them.</summary>
    public static bool Contains(string schema) => Names.Contains(schema);
}
