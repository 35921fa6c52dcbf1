using System.Globalization;
using System.Text;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.MySql.Ddl;

/// <summary>Writes how a table is partitioned.</summary>
internal static class PartitionClause
{
    /// <summary><c>PARTITION BY …</c> with all partitions, or null for a table that is not partitioned.</summary>
    public static string? Write(PartitionInfo? partition)
    {
        if (partition is not { Enable: true } || partition.Type == PartitionType.None)
        {
            return null;
        }

        string columns = SqlText.Names(partition.Columns);
        string by = partition.Type switch
        {
            PartitionType.Range => partition.Columns.Count > 0 ? $"RANGE COLUMNS ({columns})" : $"RANGE ({partition.Expression})",
            PartitionType.List => partition.Columns.Count > 0 ? $"LIST COLUMNS ({columns})" : $"LIST ({partition.Expression})",
            PartitionType.Hash => $"HASH ({partition.Expression})",
            PartitionType.Key => $"KEY ({columns})",
            _ => throw new NotSupportedException($"partitioning of type {(int)partition.Type}"),
        };
        string tail = HasBounds(partition) ? $"({Definitions(partition, partition.Definitions)})" : string.Create(CultureInfo.InvariantCulture, $"PARTITIONS {partition.Definitions.Count}");
        return $"PARTITION BY {by} {tail}";
    }

    /// <summary>True for RANGE and LIST, whose partitions are named with their values.</summary>
    public static bool HasBounds(PartitionInfo partition) => partition.Type is PartitionType.Range or PartitionType.List;

    /// <summary>Partitions with their values, separated by commas.</summary>
    public static string Definitions(PartitionInfo partition, IEnumerable<PartitionDefinition> definitions) =>
        string.Join(", ", definitions.Select(definition => Definition(partition, definition)));

    private static string Definition(PartitionInfo partition, PartitionDefinition definition)
    {
        var text = new StringBuilder("PARTITION ").Append(SqlText.Name(definition.Name));
        if (partition.Type == PartitionType.Range)
        {
            bool isMaximum = partition.Columns.Count == 0 && definition.LessThan is [var bound] && string.Equals(bound, "MAXVALUE", StringComparison.OrdinalIgnoreCase);
            text.Append(" VALUES LESS THAN ").Append(isMaximum ? "MAXVALUE" : $"({string.Join(", ", definition.LessThan)})");
        }
        else
        {
            text.Append(" VALUES IN (").AppendJoin(", ", definition.InValues.Select(values => values.Count == 1 ? values[0] : $"({string.Join(", ", values)})")).Append(')');
        }

        return definition.Comment.Length > 0 ? text.Append(" COMMENT = ").Append(SqlText.Quote(definition.Comment)).ToString() : text.ToString();
    }
}
