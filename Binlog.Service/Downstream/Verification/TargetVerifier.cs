using Binlog.TiDB.Schema;

namespace Binlog.Service.Downstream.Verification;

/// <summary>Compares a target with the final tables of a recording: same tables, and in each the same rows as often.</summary>
internal static class TargetVerifier
{
    private const int MaxSamples = 5;

    /// <summary>Compares.</summary>
    /// <param name="expected">The final tables.</param>
    /// <param name="schemas">Their definitions, by the tracker after all jobs; tables of the upstream without rows may be among them.</param>
    /// <param name="target">The target.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <exception cref="FormatException">A literal or a value in the target can't be read.</exception>
    public static async Task<VerificationReport> CompareAsync(
        IAsyncEnumerable<FinalTable> expected, IEnumerable<TableSchema> schemas, ITableSource target, CancellationToken cancellationToken)
    {
        Dictionary<(string, string), TableSchema> definitions = schemas.ToDictionary(schema => Key(schema.SchemaName, schema.TableName));
        Dictionary<(string, string), (string Schema, string Table)> held = (await target.ReadTablesAsync(cancellationToken)).ToDictionary(table => Key(table.Schema, table.Table));
        var tables = new List<TableComparison>();
        await foreach (FinalTable table in expected.WithCancellation(cancellationToken))
        {
            (string, string) key = Key(table.Schema, table.Table);
            tables.Add(
                !definitions.TryGetValue(key, out TableSchema? schema) ? Whole(table, 0, "The DDL history makes no such table.")
                : !held.Remove(key) ? Whole(table, table.Rows.Count, "The target has no such table.")
                : await CompareAsync(table, schema, target, cancellationToken));
        }

        foreach ((string schemaName, string tableName) in held.Values)
        {
            tables.Add(new TableComparison(schemaName, tableName, 0, 0, 0, 0, ["The target has this table, the upstream hasn't."]));
        }

        return new VerificationReport([.. tables.OrderBy(table => table.Schema, StringComparer.Ordinal).ThenBy(table => table.Table, StringComparer.Ordinal)]);
    }

    private static async Task<TableComparison> CompareAsync(
        FinalTable table, TableSchema schema, ITableSource target, CancellationToken cancellationToken)
    {
        List<string> names = [.. schema.Columns.Select(column => column.Name)];
        if (!names.SequenceEqual(table.Columns, StringComparer.OrdinalIgnoreCase))
        {
            return Whole(table, 0, $"The DDL history gives it the columns {string.Join(", ", names)}, the upstream {string.Join(", ", table.Columns)}.");
        }

        IReadOnlyList<int> columns = await target.ReadColumnsAsync(schema, cancellationToken);
        ColumnInfo? absent = schema.Columns.Where((column, index) => !column.IsVirtual && !columns.Contains(index)).FirstOrDefault();
        if (absent is not null)
        {
            return Whole(table, table.Rows.Count, $"The target's table has no column {absent.Name}.");
        }

        Dictionary<RowKey, int> balance = [];
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            Count(balance, new RowKey([.. columns.Select(column => CanonicalValue.OfLiteral(row[column], schema.Columns[column].Type))]), 1);
        }

        long actual = 0;
        await foreach (string?[] row in target.ReadRowsAsync(schema, columns, cancellationToken))
        {
            actual++;
            Count(balance, new RowKey(row), -1);
        }

        IEnumerable<string> samples = balance.OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal).Take(MaxSamples)
            .Select(pair => $"{(pair.Value > 0 ? "missing" : "unexpected")}{(Math.Abs(pair.Value) > 1 ? $" {Math.Abs(pair.Value)} times" : "")}: {Describe(pair.Key, schema, columns)}");
        return new TableComparison(
            table.Schema, table.Table, table.Rows.Count, actual,
            balance.Values.Where(count => count > 0).Sum(count => (long)count),
            balance.Values.Where(count => count < 0).Sum(count => -(long)count),
            [.. samples]);
    }

    private static void Count(Dictionary<RowKey, int> balance, RowKey row, int difference)
    {
        int count = balance.GetValueOrDefault(row) + difference;
        if (count == 0)
        {
            balance.Remove(row);
        }
        else
        {
            balance[row] = count;
        }
    }

    private static TableComparison Whole(FinalTable table, long missing, string reason) =>
        new(table.Schema, table.Table, table.Rows.Count, 0, missing, 0, [reason]);

    private static string Describe(RowKey row, TableSchema schema, IReadOnlyList<int> columns) =>
        string.Join(", ", row.Values.Select((value, index) => $"{schema.Columns[columns[index]].Name} = {value ?? "NULL"}"));

    private static (string, string) Key(string schema, string table) => (schema.ToLowerInvariant(), table.ToLowerInvariant());
}
