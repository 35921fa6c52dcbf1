using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql;

namespace Binlog.Service.Downstream.Outside;

/// <summary>The statements of the table that keeps checkpoints of targets elsewhere: one row for each upstream cluster.</summary>
/// <param name="database">The database that has the table.</param>
/// <param name="clusterId">The upstream cluster.</param>
internal sealed class OutsideTable(string database, ulong clusterId)
{
    /// <summary>Name of the table.</summary>
    public const string TableName = "binlogd_outside_checkpoint";

    private readonly string _table = SqlText.Name(database, TableName);

    /// <summary>Creates database and table.</summary>
    public IReadOnlyList<string> Create =>
    [
        $"CREATE DATABASE IF NOT EXISTS {SqlText.Name(database)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        $"""
        CREATE TABLE IF NOT EXISTS {_table} (
          `cluster_id` bigint unsigned NOT NULL,
          `format_version` int NOT NULL,
          `target` varchar(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          `commit_ts` bigint unsigned NOT NULL,
          `schema_version` bigint NOT NULL,
          `in_doubt_up_to` bigint unsigned NOT NULL,
          `in_doubt_as_a_whole` tinyint NOT NULL,
          `updated_at` datetime(6) NOT NULL,
          `epoch` bigint unsigned NOT NULL,
          `holder` varchar(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          `ddl_commit_ts` bigint unsigned NULL DEFAULT NULL,
          `ddl_job_id` bigint NULL DEFAULT NULL,
          `ddl_step` int NULL DEFAULT NULL,
          `ddl_fingerprint` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT NULL,
          `ddl_statement` mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL DEFAULT NULL,
          PRIMARY KEY (`cluster_id`)
        ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        """,
    ];

    /// <summary>Reads the row.</summary>
    public string Select => string.Create(
        CultureInfo.InvariantCulture,
        $"SELECT `format_version`, `target`, `commit_ts`, `schema_version`, `in_doubt_up_to`, `in_doubt_as_a_whole`, `epoch`, `holder`, `ddl_commit_ts`, `ddl_job_id`, `ddl_step`, `ddl_fingerprint` FROM {_table} WHERE `cluster_id`={clusterId}");

    /// <summary>Takes the row over from an epoch.</summary>
    public string Take(ulong from, string holder) => string.Create(
        CultureInfo.InvariantCulture, $"UPDATE {_table} SET `epoch`={from + 1}, `holder`={SqlText.Quote(holder)} WHERE `cluster_id`={clusterId} AND `epoch`={from}");

    /// <summary>Adds the row; one that is there makes it fail.</summary>
    public string Insert(OutsideCheckpoint row) => string.Create(
        CultureInfo.InvariantCulture,
        $"INSERT INTO {_table} SET `cluster_id`={clusterId}, `format_version`={OutsideCheckpoint.FormatVersion}, `epoch`={row.Epoch}, {Values(row)}");

    /// <summary>Replaces the row of an epoch. It is another row then in any case, by the time.</summary>
    public string Update(OutsideCheckpoint row) => string.Create(
        CultureInfo.InvariantCulture, $"UPDATE {_table} SET {Values(row)} WHERE `cluster_id`={clusterId} AND `epoch`={row.Epoch}");

    /// <summary>What an operator runs to go past a schema change that was made by hand.</summary>
    public string SkipAdvice(Checkpoint to) => string.Create(
        CultureInfo.InvariantCulture, $"UPDATE {_table} SET `commit_ts`={to.CommitTs}, `schema_version`={to.SchemaVersion}, `ddl_commit_ts`=NULL WHERE `cluster_id`={clusterId}");

    /// <summary>Reads a row of <see cref="Select"/>.</summary>
    /// <exception cref="TargetException">A newer program wrote it.</exception>
    public OutsideCheckpoint Read(MySqlRowReader row, string name)
    {
        long version = row.GetInt64(0);
        return version == OutsideCheckpoint.FormatVersion
            ? new OutsideCheckpoint
            {
                ClusterId = clusterId,
                Target = row.GetString(1) ?? "",
                Checkpoint = new Checkpoint(row.GetUInt64(2), row.GetInt64(3)),
                InDoubtUpTo = row.GetUInt64(4),
                IsInDoubtAsAWhole = row.GetInt64(5) != 0,
                Epoch = row.GetUInt64(6),
                Holder = row.GetString(7) ?? "",
                Intent = row.IsNull(8) ? null : new DdlIntent(row.GetUInt64(8), row.GetInt64(9), (int)row.GetInt64(10), row.GetString(11) ?? ""),
            }
            : throw new TargetException(
                string.Create(CultureInfo.InvariantCulture, $"{name}: the row of cluster {clusterId} has format version {version}; this program knows {OutsideCheckpoint.FormatVersion}. Use the version that wrote it, or a newer one."),
                isTransient: false);
    }

    private static string Values(OutsideCheckpoint row) => string.Create(
        CultureInfo.InvariantCulture,
        $"`target`={SqlText.Quote(row.Target[..Math.Min(300, row.Target.Length)])}, `holder`={SqlText.Quote(row.Holder)}, `commit_ts`={row.Checkpoint.CommitTs}, `schema_version`={row.Checkpoint.SchemaVersion}, `in_doubt_up_to`={row.InDoubtUpTo}, `in_doubt_as_a_whole`={(row.IsInDoubtAsAWhole ? 1 : 0)}, `updated_at`=UTC_TIMESTAMP(6), {Ddl(row)}");

    private static string Ddl(OutsideCheckpoint row) => row.Intent is not { } intent
        ? "`ddl_commit_ts`=NULL, `ddl_job_id`=NULL, `ddl_step`=NULL, `ddl_fingerprint`=NULL, `ddl_statement`=NULL"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"`ddl_commit_ts`={intent.CommitTs}, `ddl_job_id`={intent.JobId}, `ddl_step`={intent.Step}, `ddl_fingerprint`={SqlText.Quote(intent.Fingerprint)}, `ddl_statement`={SqlText.Quote(row.Statement ?? "")}");
}
