namespace Binlog.Service.Configuration;

/// <summary>Kind of the target that the Drainer applies to.</summary>
internal enum DownstreamType
{
    /// <summary>An SQLite file.</summary>
    Sqlite,

    /// <summary>MariaDB, MySQL or TiDB over the MySQL protocol.</summary>
    MySql,
}
