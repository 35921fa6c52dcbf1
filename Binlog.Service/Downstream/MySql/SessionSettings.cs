using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// What a session with the target is set to. Nothing that can change what is stored is left to the server's configuration;
/// docs/formats/mysql-target.md has the reasons one by one.
/// </summary>
internal static class SessionSettings
{
    private const string Modes = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION";

    /// <summary>A value that doesn't fit is an error; zero and partial dates, and days that a month doesn't have, pass as they passed upstream.</summary>
    public const string StrictMode = $"SET SESSION sql_mode='STRICT_TRANS_TABLES,STRICT_ALL_TABLES,{Modes}'";

    /// <summary>For the statements that write the ENUM value '' only; their warnings are counted.</summary>
    public const string LenientMode = $"SET SESSION sql_mode='{Modes}'";

    /// <summary>Settings that every server knows and that must be as said.</summary>
    public static IReadOnlyList<string> Required { get; } =
    [
        "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
        StrictMode,
        "SET SESSION time_zone='+00:00'",
        "SET SESSION foreign_key_checks=0",
        "SET SESSION unique_checks=1",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    ];

    /// <summary>For servers that log no statements: rows are locked, not what lies between them, so that sessions beside one another wait less.</summary>
    public const string ReadCommitted = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

    /// <summary>Whether the server has a binary log of statements, which refuses <see cref="ReadCommitted"/>. Answers 1 or 0.</summary>
    public const string LogsStatements = "SELECT @@global.log_bin AND @@session.binlog_format='STATEMENT'";

    /// <summary>Settings that some servers lack or let only some users change; a refusal is passed over.</summary>
    public static IReadOnlyList<string> Optional(MySqlServerKind kind) =>
    [
        "SET SESSION sql_auto_is_null=0",
        "SET SESSION sql_safe_updates=0",
        "SET SESSION sql_quote_show_create=1",
        "SET SESSION wait_timeout=600",
        "SET SESSION lock_wait_timeout=60",
        "SET SESSION innodb_lock_wait_timeout=50",
        .. kind switch
        {
            MySqlServerKind.MariaDb => (string[])
            [
                "SET SESSION check_constraint_checks=0",
                "SET SESSION max_statement_time=0",
                "SET SESSION alter_algorithm='DEFAULT'",
            ],
            MySqlServerKind.TiDb =>
            [
                "SET SESSION allow_auto_random_explicit_insert=1",
                "SET SESSION tidb_txn_mode='pessimistic'",
                "SET SESSION tidb_placement_mode='ignore'",
                "SET SESSION tidb_disable_txn_auto_retry=1",
            ],
            _ => [],
        },
    ];
}
