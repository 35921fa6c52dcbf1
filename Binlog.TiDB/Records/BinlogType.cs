namespace Binlog.TiDB.Records;

/// <summary>Kind of a binlog record.</summary>
public enum BinlogType
{
    /// <summary>The first phase; carries the rows or the DDL.</summary>
    Prewrite = 0,
    Commit = 1,
    Rollback = 2,

    /// <summary>Obsolete.</summary>
    PreDdl = 3,

    /// <summary>Obsolete.</summary>
    PostDdl = 4,
}
