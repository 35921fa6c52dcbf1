namespace Binlog.TiDB.Schema;

/// <summary>How far an online schema change has made an object visible.</summary>
public enum SchemaState
{
    /// <summary>Absent.</summary>
    None = 0,
    DeleteOnly = 1,
    WriteOnly = 2,
    WriteReorganization = 3,
    DeleteReorganization = 4,

    /// <summary>Visible to everybody.</summary>
    Public = 5,
    ReplicaOnly = 6,
    GlobalTransactionOnly = 7,
}
