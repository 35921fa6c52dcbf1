namespace Binlog.TiDB.Records;

/// <summary>Kind of a row change.</summary>
public enum MutationType
{
    Insert = 0,
    Update = 1,

    /// <summary>Obsolete.</summary>
    DeleteId = 2,

    /// <summary>Obsolete.</summary>
    DeletePk = 3,
    DeleteRow = 4,
}
