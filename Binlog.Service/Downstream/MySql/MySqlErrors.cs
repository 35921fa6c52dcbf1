using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <summary>Turns a server's error into one that says what was being done, whether trying again can help, and what to do.</summary>
internal static class MySqlErrors
{
    private const int UnknownHost = 2005;
    private const int PacketTooLarge = 1153;
    private const int LockTableFull = 1206;

    /// <summary>No such table, no such database.</summary>
    public static bool IsAbsent(MySqlException error) => error.Code is 1146 or 1049 or 1051;

    /// <summary>A column that the table doesn't have.</summary>
    public static bool IsUnknownColumn(MySqlException error) => error.Code == 1054;

    /// <summary>The column is there already.</summary>
    public static bool IsDuplicateColumn(MySqlException error) => error.Code == 1060;

    /// <summary>The user lacks a privilege.</summary>
    public static bool IsDenied(MySqlException error) => error.Code is 1142 or 1044 or 1227;

    /// <summary>Another row has the key.</summary>
    public static bool IsDuplicateKey(MySqlException error) => error.Code is 1062 or 1586;

    /// <summary>A schema change that finds its work done. Source: tidb-binlog pkg/loader/util.go, <c>ignoreDDLError</c>.</summary>
    public static bool IsDoneAlready(MySqlException error) => error.Code is 1007 or 1008 or 1049 or 1050 or 1051 or 1054 or 1060 or 1061 or 1091 or 1146 or 1176;

    /// <summary>Explains an error.</summary>
    /// <param name="target">Name of the target.</param>
    /// <param name="doing">What was being done: <c>applying rows of `db`.`t`, commit TS 5</c>.</param>
    /// <param name="error">The error.</param>
    public static TargetException Explain(string target, string doing, MySqlException error) =>
        new($"{target}, {doing}: error {error.Code} ({error.SqlState}): {error.Message.TrimEnd('.')}. {Remedy(error)}", IsTransient(error), error) { IsDuplicateKey = IsDuplicateKey(error) };

    /// <summary>A host that doesn't exist and a packet that is too large stay so, however often it is tried.</summary>
    private static bool IsTransient(MySqlException error) => error.Code is not (UnknownHost or PacketTooLarge) && (error.IsTransient || error.IsConnectionLost);

    private static string Remedy(MySqlException error) => error.Code switch
    {
        1044 or 1045 or 1142 or 1143 or 1227 or 1410 or 1698 => "Check user and password, and grant what is missing; docs/formats/mysql-target.md lists the privileges that a target needs.",
        UnknownHost => "Check the host name.",
        1040 or 1203 or 1226 => "The server has no connection left for this user; it is tried again.",
        1062 or 1586 => "The target holds a row that the upstream doesn't know, or its key takes different values for one. Compare the table with the upstream, remove what doesn't belong there, and start again.",
        1146 or 1049 or 1051 => "The target lacks a table that the upstream has. Create it as of this commit TS, or start from a target that has everything.",
        1054 or 1136 => "The target's table has other columns than the upstream's. Make it equal and start again.",
        PacketTooLarge or 1301 => "Raise max_allowed_packet on the target.",
        8004 => "The transaction is larger than TiDB takes: raise performance.txn-total-size-limit in the target's configuration (or, from 6.5 on, set it to its default and tidb_mem_quota_query to more than the transaction) and start again.",
        8175 => "The transaction takes more memory than TiDB gives to one: raise tidb_mem_quota_query on the target (SET GLOBAL) and start again.",
        1197 => "The transaction is larger than the server's binary log takes: raise max_binlog_cache_size on the target (SET GLOBAL) and start again.",
        LockTableFull => "The transaction has more row locks than the server has room for: raise innodb_buffer_pool_size on the target and start again.",
        3100 or 3101 when error.Message.Contains("size", StringComparison.OrdinalIgnoreCase) => "Raise group_replication_transaction_size_limit on the target and start again.",
        1180 or 1105 when error.Message.Contains("writeset size", StringComparison.OrdinalIgnoreCase) => "The transaction is larger than the cluster takes: raise wsrep_max_ws_size on every node of the target and start again.",
        1264 or 1265 or 1366 or 1406 or 1292 or 1048 or 1690 => "The target's column doesn't take a value that the upstream's took. Make the column equal to the upstream's and start again.",
        1114 or 1021 or 1041 or 28 => "The target is out of disk space; make room and start again.",
        1290 or 1792 or 1836 => "The target is read-only.",
        1071 or 1118 => "The table is too wide for the target in utf8mb4, which it needs to hold every value. Create it by hand with shorter or TEXT columns, then move the checkpoint past this change.",
        _ when error.IsConnectionLost => "It is opened again, and goes on from the checkpoint that it holds.",
        _ when error.IsTransient => "It is tried again.",
        _ => "Correct the cause on the target and start again; nothing of this transaction has been applied.",
    };
}
