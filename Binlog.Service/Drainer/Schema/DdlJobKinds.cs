using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Schema;

/// <summary>How job types bear on the tracked schema.</summary>
internal static class DdlJobKinds
{
    /// <summary>
    /// Job types that concern locks, caches, placement, attributes and resource groups: no schema changes, nothing is sent
    /// (the original's list).
    /// </summary>
    public static bool IsIgnored(this DdlActionType type) => type is
        DdlActionType.LockTable or DdlActionType.UnlockTable or DdlActionType.UpdateTiFlashReplicaStatus
        or (>= DdlActionType.AlterTableAttributes and <= DdlActionType.AlterCacheTable) or DdlActionType.AlterNoCacheTable
        or DdlActionType.CreateResourceGroup or DdlActionType.AlterResourceGroup or DdlActionType.DropResourceGroup;

    /// <summary>Job types that may take columns away, and so have rows without the column before the job is done.</summary>
    public static bool MayDropColumns(this DdlActionType type) =>
        type is DdlActionType.DropColumn or DdlActionType.DropColumns or DdlActionType.MultiSchemaChange;
}
