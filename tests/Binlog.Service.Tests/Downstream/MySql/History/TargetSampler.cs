using Binlog.MySql;
using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Tests.Downstream.MySql.History;

/// <summary>
/// Reads a server while something replicates into it: in one snapshot, how far it says it is, and a checksum of every table.
/// </summary>
internal static class TargetSampler
{
    private const string NotReplicated = "('mysql','sys','information_schema','performance_schema','tidb_binlog')";

    /// <summary>No snapshot has the table as it was: a schema change came after it.</summary>
    private static readonly int[] ChangedMeanwhile = [1412, 1146, 1049, 1054, 1356];

    /// <summary>
    /// Takes a sample; null when there is none to take: no checkpoint yet, or a schema change came between, which no snapshot
    /// shields from.
    /// </summary>
    public static async Task<TargetSample?> TryTakeAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync("SET SESSION time_zone='+00:00', autocommit=1, sql_mode=''", cancellationToken);
        await connection.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancellationToken);
        try
        {
            await connection.ExecuteAsync("START TRANSACTION WITH CONSISTENT SNAPSHOT", cancellationToken);
            (ulong CommitTs, string Schema)? before = await CheckpointAsync(connection);
            List<string> columns = await ColumnsAsync(connection);
            var tables = new Dictionary<string, string>();
            foreach (IGrouping<string, string[]> table in columns.Select(line => line.Split('|')).GroupBy(line => $"{SqlText.Name(line[0])}.{SqlText.Name(line[1])}"))
            {
                tables[table.Key] = await ChecksumAsync(connection, table.Key, table.Select(line => line[2]));
            }

            await connection.ExecuteAsync("COMMIT", cancellationToken);
            (ulong CommitTs, string Schema)? after = await CheckpointAsync(connection);
            bool isSameSchema = before is not null && before.Value.Schema == after?.Schema && !before.Value.Schema.EndsWith("under way", StringComparison.Ordinal);
            return isSameSchema ? new TargetSample(before!.Value.CommitTs, tables) : null;
        }
        catch (MySqlException error) when (ChangedMeanwhile.Contains(error.Code))
        {
            await connection.ExecuteAsync("ROLLBACK", cancellationToken);
            return null;
        }
    }

    private static async Task<(ulong CommitTs, string Schema)?> CheckpointAsync(MySqlConnection connection)
    {
        List<string> rows = await connection.RowsAsync("SELECT commit_ts, schema_version, IF(ddl_commit_ts IS NULL, '', 'under way') FROM tidb_binlog.binlogd_checkpoint");
        return rows is [var row] && row.Split('|', 2) is [var commitTs, var schema] ? (ulong.Parse(commitTs, null), schema) : null;
    }

    private static Task<List<string>> ColumnsAsync(MySqlConnection connection) => connection.RowsAsync(
        "SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME FROM information_schema.COLUMNS c JOIN information_schema.TABLES t USING (TABLE_SCHEMA, TABLE_NAME) "
        + $"WHERE t.TABLE_TYPE='BASE TABLE' AND c.TABLE_SCHEMA NOT IN {NotReplicated} ORDER BY c.TABLE_SCHEMA, c.TABLE_NAME, c.ORDINAL_POSITION");

    /// <summary>A sum, so that equal rows count as often as they are there and their order doesn't matter.</summary>
    private static async Task<string> ChecksumAsync(MySqlConnection connection, string table, IEnumerable<string> columns)
    {
        string values = string.Join(',', columns.Select(column => $"IFNULL(HEX(CAST({SqlText.Name(column)} AS BINARY)),'-')"));
        List<string> rows = await connection.RowsAsync($"SELECT COUNT(*), IFNULL(SUM(CRC32(CONCAT_WS(',',{values}))),0) FROM {table}");
        return rows[0].Replace("|", " rows, checksum ", StringComparison.Ordinal);
    }
}
