using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Sqlite;

/// <summary>
/// Partitions exist upstream only, but dropping, emptying and exchanging one moves rows without row changes in the binlog. This says
/// which rows of the (one) table here a partition holds.
/// </summary>
internal sealed partial class SqlitePartitions(SqliteDatabase database)
{
    /// <summary>Deletes the rows of partitions that are gone or were emptied: those whose ID the definition after the change lacks.</summary>
    /// <exception cref="TargetException">It can't be told which rows these are.</exception>
    public void DeleteLost(TableSchema before, TableSchema after)
    {
        if (before.Info.Partition is not { } partitioning)
        {
            return;
        }

        var table = new SqliteTable(before);
        HashSet<long> left = [.. (after.Info.Partition?.Definitions ?? []).Select(partition => partition.Id)];
        foreach (PartitionDefinition lost in partitioning.Definitions.Where(partition => !left.Contains(partition.Id)))
        {
            if (!IsEmpty(table))
            {
                database.Execute($"DELETE FROM {table.Name} WHERE {Predicate(table, lost)}");
            }
        }
    }

    /// <summary>Swaps the rows of a partition with those of a table.</summary>
    /// <exception cref="TargetException">It can't be told which rows these are.</exception>
    public void Exchange(SqliteTable partitioned, PartitionDefinition partition, SqliteTable table)
    {
        if (IsEmpty(partitioned) && IsEmpty(table))
        {
            return;
        }

        string predicate = Predicate(partitioned, partition);
        string columns = string.Join(", ", partitioned.StoredColumns.Select(column => column.Name));
        string others = string.Join(", ", table.StoredColumns.Select(column => column.Name));
        string aside = SqliteNames.Quote(SqliteNames.RebuildTable);
        database.Execute(partitioned.CreateStatement(aside));
        database.Execute($"INSERT INTO {aside} ({columns}) SELECT {columns} FROM {partitioned.Name} WHERE {predicate}");
        database.Execute($"DELETE FROM {partitioned.Name} WHERE {predicate}");
        database.Execute($"INSERT INTO {partitioned.Name} ({columns}) SELECT {others} FROM {table.Name}");
        database.Execute($"DELETE FROM {table.Name}");
        database.Execute($"INSERT INTO {table.Name} ({others}) SELECT {columns} FROM {aside}");
        database.Execute($"DROP TABLE {aside}");
    }

    private bool IsEmpty(SqliteTable table) => database.QueryText($"SELECT 1 FROM {table.Name} LIMIT 1") is null;

    private static string Predicate(SqliteTable table, PartitionDefinition partition)
    {
        PartitionInfo partitioning = table.Schema.Info.Partition!;
        string? key = KeyOf(table, partitioning);
        int position = partitioning.Definitions.ToList().IndexOf(partition);
        string? predicate = key is null ? null : partitioning.Type switch
        {
            PartitionType.Range => RangePredicate(key, partitioning.Definitions, position),
            PartitionType.List => ListPredicate(key, partition),
            PartitionType.Hash => $"ifnull(abs({key} % {partitioning.Definitions.Count}), 0) = {position}",
            _ => null,
        };
        return predicate ?? throw new TargetException(
            $"Which rows partition {partition.Name} of table {table.Schema} holds can't be told from its definition ({partitioning.Type} {partitioning.Expression}). " +
            "Copy the table anew from the upstream.",
            isTransient: false);
    }

    /// <summary>What rows are partitioned by, for SQLite: a column, or one of the usual functions of a time column.</summary>
    private static string? KeyOf(SqliteTable table, PartitionInfo partitioning)
    {
        if (partitioning.Columns.Count > 0)
        {
            return partitioning.Columns.Count == 1 ? ColumnOf(table, partitioning.Columns[0], IsComparable) : null;
        }

        if (PlainColumn().Match(partitioning.Expression) is { Success: true } plain)
        {
            return ColumnOf(table, NameIn(plain), column => column.Storage == SqliteStorage.Integer);
        }

        if (FunctionOfColumn().Match(partitioning.Expression) is not { Success: true } function || partitioning.Type == PartitionType.Hash)
        {
            return null;
        }

        string name = function.Groups["function"].Value.ToUpperInvariant();
        string? time = ColumnOf(table, NameIn(function), column => name == "UNIX_TIMESTAMP"
            ? column.Info.Type is { Tp: ColumnType.Timestamp, FractionalSeconds: 0 }
            : column.Info.Type.Tp is ColumnType.Date or ColumnType.DateTime);
        return time is null ? null : name switch
        {
            "YEAR" => $"CAST(substr({time}, 1, 4) AS INTEGER)",
            "TO_DAYS" => $"CAST(julianday(substr({time}, 1, 10)) - 1721059.5 AS INTEGER)",
            _ => $"CAST(strftime('%s', {time}) AS INTEGER)",
        };
    }

    private static string? ColumnOf(SqliteTable table, string name, Func<SqliteColumn, bool> fits) =>
        table.StoredColumns.FirstOrDefault(column => string.Equals(column.Info.Name, name, StringComparison.OrdinalIgnoreCase) && fits(column))?.Name;

    /// <summary>Whether SQLite orders and compares the column's values as the upstream does.</summary>
    private static bool IsComparable(SqliteColumn column) => column.Storage switch
    {
        SqliteStorage.Integer => true,
        SqliteStorage.Printed => column.Info.Type is { Tp: ColumnType.Date or ColumnType.DateTime, FractionalSeconds: 0 },
        SqliteStorage.Text => column.Info.Type.Collate.EndsWith("_bin", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static string NameIn(Match match) => match.Groups["name"].Value.Replace("``", "`", StringComparison.Ordinal);

    private static string? RangePredicate(string key, IReadOnlyList<PartitionDefinition> definitions, int position)
    {
        string? upper = BoundOf(definitions[position]);
        string? lower = position == 0 ? null : BoundOf(definitions[position - 1]);
        if (upper is null || (position > 0 && lower is null))
        {
            return null;
        }

        string below = upper == "MAXVALUE" ? "1" : $"{key} < {upper}";
        return position == 0 ? $"({key} IS NULL OR {below})" : $"({key} >= {lower} AND {below})";
    }

    private static string? BoundOf(PartitionDefinition definition) => definition.LessThan.Count != 1 ? null
        : string.Equals(definition.LessThan[0], "MAXVALUE", StringComparison.OrdinalIgnoreCase) ? "MAXVALUE"
        : LiteralOf(definition.LessThan[0]);

    private static string? ListPredicate(string key, PartitionDefinition partition)
    {
        List<string?> values = [.. partition.InValues.Select(value => value.Count != 1 ? null
            : string.Equals(value[0], "NULL", StringComparison.OrdinalIgnoreCase) ? "NULL"
            : LiteralOf(value[0]))];
        return values.Count == 0 || values.Contains(null) ? null : $"({string.Join(" OR ", values.Select(value => $"{key} IS {value}"))})";
    }

    private static string? LiteralOf(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer) ? integer.ToString(CultureInfo.InvariantCulture)
        : text is ['\'' or '"', .., '\'' or '"'] && text[0] == text[^1] && !text.AsSpan(1, text.Length - 2).ContainsAny("'\"\\") ? SqliteNames.Literal(text[1..^1])
        : null;

    [GeneratedRegex(@"^\s*(`(?<name>(?:[^`]|``)+)`|(?<name>\w+))\s*$")]
    private static partial Regex PlainColumn();

    [GeneratedRegex(@"^\s*(?<function>YEAR|TO_DAYS|UNIX_TIMESTAMP)\s*\(\s*(`(?<name>(?:[^`]|``)+)`|(?<name>\w+))\s*\)\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex FunctionOfColumn();
}
