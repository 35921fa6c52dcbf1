namespace Binlog.Service.Drainer.Schema;

/// <summary>Schemas and tables that belong to TiDB itself and are never replicated.</summary>
internal static class SystemSchemas
{
    /// <summary>ID of the database <c>mysql</c>, which newer versions make without a job.</summary>
    public const long MySqlId = 1;

    /// <summary>Tables with larger IDs are TiDB's own; it reserves the last thousand IDs of the global range for them.</summary>
    public const long MaxUserTableId = 0xFFFFFFFFFFFF - 1000;

    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "mysql", "INFORMATION_SCHEMA", "PERFORMANCE_SCHEMA", "METRICS_SCHEMA", "sys",
    };

    /// <summary>Whether a database is TiDB's own.</summary>
    public static bool Contains(string schemaName) => Names.Contains(schemaName);
}
