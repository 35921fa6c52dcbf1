using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// Finds who holds the row or table that our sessions wait for: in INNODB_LOCK_WAITS of MariaDB and MySQL 5.7, in performance_schema of
/// MySQL 8. Statements are never read: they hold data. TiDB isn't asked.
/// </summary>
internal sealed class MySqlWaits(MySqlConnectionOptions options) : ITargetWaits
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <summary>InnoDB's times are in the zone of the server's machine, and the names of tables are quoted as the session has it.</summary>
    private const string Session = "SET SESSION time_zone='SYSTEM', sql_mode=''";

    private const string Columns = """
        r.trx_mysql_thread_id, b.trx_mysql_thread_id, COALESCE(bp.USER, ''), COALESCE(bp.HOST, ''), COALESCE(bp.COMMAND, ''),
        COALESCE(TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW()), 0), TIMESTAMPDIFF(SECOND, b.trx_started, NOW())
        """;

    private const string People = """
        JOIN information_schema.PROCESSLIST rp ON rp.ID = r.trx_mysql_thread_id AND rp.USER = SUBSTRING_INDEX(USER(), '@', 1)
        LEFT JOIN information_schema.PROCESSLIST bp ON bp.ID = b.trx_mysql_thread_id
        ORDER BY r.trx_wait_started
        """;

    private const string InformationSchema = $"""
        SELECT l.lock_table, {Columns}
        FROM information_schema.INNODB_LOCK_WAITS w
        JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
        JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
        JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id
        {People}
        """;

    private const string PerformanceSchema = $"""
        SELECT CONCAT('`', l.OBJECT_SCHEMA, '`.`', l.OBJECT_NAME, '`'), {Columns}
        FROM performance_schema.data_lock_waits w
        JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID
        JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID
        JOIN performance_schema.data_locks l ON l.ENGINE_LOCK_ID = w.REQUESTING_ENGINE_LOCK_ID
        {People}
        """;

    /// <summary>Which transaction keeps a table's definition isn't told by every server; the one that is open for longest is the likeliest.</summary>
    private const string Definitions = """
        SELECT '', rp.ID, COALESCE(b.trx_mysql_thread_id, 0), COALESCE(bp.USER, ''), COALESCE(bp.HOST, ''), COALESCE(bp.COMMAND, ''),
        rp.TIME, COALESCE(TIMESTAMPDIFF(SECOND, b.trx_started, NOW()), 0)
        FROM information_schema.PROCESSLIST rp
        LEFT JOIN information_schema.INNODB_TRX b ON b.trx_mysql_thread_id <> rp.ID
        LEFT JOIN information_schema.PROCESSLIST bp ON bp.ID = b.trx_mysql_thread_id
        WHERE rp.USER = SUBSTRING_INDEX(USER(), '@', 1) AND rp.STATE = 'Waiting for table metadata lock'
        ORDER BY b.trx_started LIMIT 1
        """;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TargetWait>> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using MySqlConnection connection = await MySqlConnection.OpenAsync(options with { ConnectTimeout = Timeout, CommandTimeout = Timeout }, cancellationToken);
            if (connection.Server.Kind == MySqlServerKind.TiDb)
            {
                return [];
            }

            await connection.ExecuteAsync(Session, cancellationToken);
            bool isMySql8 = connection.Server is { Kind: MySqlServerKind.MySql, Major: >= 8 };
            List<TargetWait> waits = await ReadAsync(connection, isMySql8 ? PerformanceSchema : InformationSchema, cancellationToken);
            waits.AddRange(await ReadAsync(connection, Definitions, cancellationToken));

            // Ours that wait for ours hold nobody up: the first of them waits for somebody else.
            HashSet<ulong> waiting = [.. waits.Select(wait => wait.WaitingConnection)];
            return [.. waits.Where(wait => !waiting.Contains(wait.HoldingConnection))];
        }
        catch (MySqlException exception)
        {
            throw MySqlErrors.Explain($"MySQL at {MySqlSession.AddressOf(options)}", "asking who holds a lock", exception);
        }
    }

    private static async Task<List<TargetWait>> ReadAsync(MySqlConnection connection, string query, CancellationToken cancellationToken)
    {
        var waits = new List<TargetWait>();
        await using MySqlRowReader rows = await connection.QueryAsync(query, cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            string state = rows.GetString(5) is { Length: > 0 } command ? $" ({(command == "Sleep" ? "idle in its transaction" : "running a statement")})" : "";
            waits.Add(new TargetWait(
                rows.GetString(0) ?? "",
                rows.GetUInt64(1),
                rows.GetUInt64(2),
                $"{rows.GetString(3)}@{rows.GetString(4)}{state}",
                TimeSpan.FromSeconds(rows.GetInt64(6)),
                TimeSpan.FromSeconds(rows.GetInt64(7))));
        }

        return waits;
    }
}
