namespace Binlog.TiDB.Schema;

/// <summary>How a table is partitioned.</summary>
public enum PartitionType
{
    None = 0,
    Range = 1,
    Hash = 2,
    List = 3,
    Key = 4,
}
