using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Writes the changes to a table's partitions that follow from its definition before and after.</summary>
internal static class PartitionChange
{
    /// <summary>The statement, or null when the upstream's text has to serve.</summary>
    public static string? Write(SchemaChange change)
    {
        if (change.Before?.Info.Partition is not { Enable: true } before || change.After is not { } table || table.Info.Partition is not { Enable: true } after
            || !PartitionClause.HasBounds(after))
        {
            return null;
        }

        string prefix = $"ALTER TABLE {SqlText.Name(table.SchemaName, table.TableName)} ";
        switch (change.Job.Type)
        {
            case DdlActionType.AddPartition:
                List<PartitionDefinition> added = [.. after.Definitions.Where(definition => Find(before, definition.Name) is null)];
                return added.Count > 0 ? $"{prefix}ADD PARTITION ({PartitionClause.Definitions(after, added)})" : null;
            case DdlActionType.DropPartition:
                List<string> dropped = [.. before.Definitions.Where(definition => Find(after, definition.Name) is null).Select(definition => definition.Name)];
                return dropped.Count > 0 ? $"{prefix}DROP PARTITION {SqlText.Names(dropped)}" : null;
            case DdlActionType.TruncatePartition:
                List<string> truncated = [.. before.Definitions.Where(definition => Find(after, definition.Name) is { } other && other.Id != definition.Id).Select(definition => definition.Name)];
                return truncated.Count > 0 ? $"{prefix}TRUNCATE PARTITION {SqlText.Names(truncated)}" : null;
            default:
                return null;
        }
    }

    private static PartitionDefinition? Find(PartitionInfo partition, string name) =>
        partition.Definitions.FirstOrDefault(definition => string.Equals(definition.Name, name, StringComparison.OrdinalIgnoreCase));
}
