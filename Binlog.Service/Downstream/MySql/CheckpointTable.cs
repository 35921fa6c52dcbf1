using System.Globalization;
using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <summary>
/// The table that says how far the target is: one row for each upstream cluster. docs/formats/mysql-target.md describes it. The
/// original keeps its checkpoint as JSON in `tidb_binlog`.`checkpoint`, outside the data's transaction; that table is left alone.
/// </summary>
/// <param name="clusterId">The upstream cluster.</param>
internal sealed class CheckpointTable(ulong clusterId)
{
    /// <summary>Name of the database.</summary>
    public const string Database = "tidb_binlog";

    /// <summary>Version of the table's layout that this code reads and writes.</summary>
    public const int FormatVersion = 3;

    /// <summary>Name of the table.</summary>
    public const string Name = "binlogd_checkpoint";

    private const string Table = $"`{Database}`.`{Name}`";

    private const string ClearIntent = "`ddl_commit_ts`=NULL, `ddl_job_id`=NULL, `ddl_step`=NULL, `ddl_fingerprint`=NULL, `ddl_statement`=NULL";

    /// <summary>Creates database and table.</summary>
    public static IReadOnlyList<string> Create { get; } =
    [
        $"CREATE DATABASE IF NOT EXISTS `{Database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        $"""
        CREATE TABLE IF NOT EXISTS {Table} (
          `cluster_id` bigint unsigned NOT NULL,
          `format_version` int NOT NULL,
          `commit_ts` bigint unsigned NOT NULL,
          `schema_version` bigint NOT NULL,
          `updated_at` datetime(6) NOT NULL,
          `epoch` bigint unsigned NOT NULL DEFAULT 0,
          `holder` varchar(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
          `parts_up_to` bigint unsigned NOT NULL DEFAULT 0,
          `any_up_to` bigint unsigned NOT NULL DEFAULT 0,
          `ddl_commit_ts` bigint unsigned NULL DEFAULT NULL,
          `ddl_job_id` bigint NULL DEFAULT NULL,
          `ddl_step` int NULL DEFAULT NULL,
          `ddl_fingerprint` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT NULL,
          `ddl_statement` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT NULL,
          PRIMARY KEY (`cluster_id`)
        ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """,
    ];

    /// <summary>Brings a table of format version 1 up to date.</summary>
    public static IReadOnlyList<string> AddEpoch { get; } =
    [
        $"ALTER TABLE {Table} ADD COLUMN `epoch` bigint unsigned NOT NULL DEFAULT 0 AFTER `updated_at`, ADD COLUMN `holder` varchar(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '' AFTER `epoch`",
    ];

    /// <summary>Brings a table of format version 2 up to date.</summary>
    public static IReadOnlyList<string> AddParts { get; } = [$"ALTER TABLE {Table} ADD COLUMN `parts_up_to` bigint unsigned NOT NULL DEFAULT 0 AFTER `holder`"];

    /// <summary>Brings a table of format version 2 up to date, after <see cref="AddParts"/>.</summary>
    public static IReadOnlyList<string> AddAny { get; } = [$"ALTER TABLE {Table} ADD COLUMN `any_up_to` bigint unsigned NOT NULL DEFAULT 0 AFTER `parts_up_to`"];

    /// <summary>
    /// Reads the row. The lock makes it wait for a transaction of an earlier session that is still about to commit, so that what
    /// is read stays true.
    /// </summary>
    public string Select => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT `format_version`, `commit_ts`, `schema_version`, `ddl_commit_ts`, `ddl_job_id`, `ddl_step`, `ddl_fingerprint`, `epoch`, `holder`, `parts_up_to`, `any_up_to` FROM {Table} WHERE `cluster_id`={clusterId} FOR UPDATE");

    /// <summary>Reads how far the target is, from a table of any format.</summary>
    public string SelectCommitTs => string.Create(CultureInfo.InvariantCulture, $"SELECT `commit_ts` FROM {Table} WHERE `cluster_id`={clusterId}");

    /// <summary>Reads who has the row, without a lock.</summary>
    public string SelectHolder => string.Create(CultureInfo.InvariantCulture, $"SELECT `epoch`, `holder`, `commit_ts` FROM {Table} WHERE `cluster_id`={clusterId}");

    /// <summary>Reads whose the row is, and keeps it so until the transaction ends.</summary>
    /// <param name="isShared">Whether others may keep it so at the same time. TiDB has no such lock.</param>
    public string SelectEpoch(bool isShared) => string.Create(
        CultureInfo.InvariantCulture, $"SELECT `epoch` FROM {Table} WHERE `cluster_id`={clusterId} {(isShared ? "LOCK IN SHARE MODE" : "FOR UPDATE")}");

    /// <summary>Adds the row, with nothing applied.</summary>
    public string Insert(ulong epoch, string holder) => string.Create(
        CultureInfo.InvariantCulture,
        $"INSERT INTO {Table} (`cluster_id`, `format_version`, `commit_ts`, `schema_version`, `updated_at`, `epoch`, `holder`) VALUES ({clusterId}, {FormatVersion}, 0, 0, UTC_TIMESTAMP(6), {epoch}, {SqlText.Quote(holder)})");

    /// <summary>Takes the row over.</summary>
    public string Take(ulong epoch, string holder) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPDATE {Table} SET `format_version`={FormatVersion}, `epoch`={epoch}, `holder`={SqlText.Quote(holder)} WHERE `cluster_id`={clusterId}");

    /// <summary>Moves the checkpoint from where this epoch knows it to be: another writer's move makes it match no row.</summary>
    public string Move(ulong from, ulong epoch, Checkpoint to) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPDATE {Table} SET `commit_ts`={to.CommitTs}, `schema_version`={to.SchemaVersion}, `updated_at`=UTC_TIMESTAMP(6), {ClearIntent} WHERE {Own(from, epoch)}");

    /// <summary>Records that parts of transactions up to a commit TS are about to be committed.</summary>
    public string Announce(ulong from, ulong epoch, ulong upTo) => string.Create(
        CultureInfo.InvariantCulture, $"UPDATE {Table} SET `parts_up_to`={upTo} WHERE {Own(from, epoch)}");

    /// <summary>Writes the first checkpoint, with how far another program may have gone.</summary>
    public string Begin(ulong from, ulong epoch, Checkpoint first, ulong anyUpTo) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPDATE {Table} SET `commit_ts`={first.CommitTs}, `schema_version`={first.SchemaVersion}, `any_up_to`={anyUpTo}, `updated_at`=UTC_TIMESTAMP(6), {ClearIntent} WHERE {Own(from, epoch)}");

    /// <summary>Records that a statement is about to be run.</summary>
    public string Intend(ulong from, ulong epoch, DdlIntent intent, string statement) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPDATE {Table} SET `updated_at`=UTC_TIMESTAMP(6), `ddl_commit_ts`={intent.CommitTs}, `ddl_job_id`={intent.JobId}, `ddl_step`={intent.Step}, `ddl_fingerprint`={SqlText.Quote(intent.Fingerprint)}, `ddl_statement`={SqlText.Quote(statement)} WHERE {Own(from, epoch)}");

    /// <summary>Takes the intent back: the server has refused the statement.</summary>
    public string TakeBack(ulong from, ulong epoch) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPDATE {Table} SET `updated_at`=UTC_TIMESTAMP(6), {ClearIntent} WHERE {Own(from, epoch)}");

    /// <summary>What an operator runs to go past a change that was made by hand.</summary>
    public string SkipAdvice(Checkpoint to) => string.Create(
        CultureInfo.InvariantCulture,
        $"UPDATE {Table} SET `commit_ts`={to.CommitTs}, `schema_version`={to.SchemaVersion} WHERE `cluster_id`={clusterId}");

    /// <summary>Name of the lock that a session holds as long as it lives.</summary>
    public string LockName => string.Create(CultureInfo.InvariantCulture, $"binlogd:{clusterId}");

    /// <summary>Reads a row of <see cref="Select"/>.</summary>
    public static (int FormatVersion, Checkpoint Checkpoint, DdlIntent? Intent, ulong Epoch, string Holder, ulong PartsUpTo, ulong AnyUpTo) Read(MySqlRowReader row) => (
        (int)row.GetInt64(0),
        new Checkpoint(row.GetUInt64(1), row.GetInt64(2)),
        row.IsNull(3) ? null : new DdlIntent(row.GetUInt64(3), row.GetInt64(4), (int)row.GetInt64(5), row.GetString(6) ?? ""),
        row.GetUInt64(7),
        row.GetString(8) ?? "",
        row.GetUInt64(9),
        row.GetUInt64(10));

    private string Own(ulong from, ulong epoch) => string.Create(CultureInfo.InvariantCulture, $"`cluster_id`={clusterId} AND `epoch`={epoch} AND `commit_ts`={from}");
}
