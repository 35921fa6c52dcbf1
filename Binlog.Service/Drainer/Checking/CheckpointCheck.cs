using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Drainer.Checking;

/// <summary>Reads the checkpoint without taking it over, and looks who has it.</summary>
internal sealed class CheckpointCheck(MySqlConnection connection, ulong clusterId, string server, FindingList findings)
{
    private const string Check = "checkpoint";

    private readonly string _where = $"`{CheckpointTable.Database}`.`{CheckpointTable.Name}` of {server}";

    /// <summary>Returns whether it could be read, and what stands there; null when nothing does.</summary>
    public async Task<(bool IsReadable, Checkpoint? Checkpoint)> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Checkpoint? checkpoint = null;
            int version = 0;
            string query = string.Create(CultureInfo.InvariantCulture, $"SELECT `format_version`, `commit_ts`, `schema_version` FROM `{CheckpointTable.Database}`.`{CheckpointTable.Name}` WHERE `cluster_id`={clusterId}");
            await using (MySqlRowReader row = await connection.QueryAsync(query, cancellationToken))
            {
                if (await row.ReadAsync(cancellationToken))
                {
                    (version, checkpoint) = ((int)row.GetInt64(0), new Checkpoint(row.GetUInt64(1), row.GetInt64(2)));
                }
            }

            return await ReportAsync(version, checkpoint, cancellationToken);
        }
        catch (MySqlException exception) when (MySqlErrors.IsAbsent(exception))
        {
            return await ReportAsync(0, null, cancellationToken);
        }
        catch (MySqlException exception) when (!exception.IsConnectionLost)
        {
            findings.Error(Check, _where, string.Create(CultureInfo.InvariantCulture, $"It can't be read: error {exception.Code}: {exception.Message}"), "Grant the Drainer's user what is missing; docs/formats/mysql-target.md lists it.");
            return (false, null);
        }
    }

    private async Task<(bool IsReadable, Checkpoint? Checkpoint)> ReportAsync(int version, Checkpoint? checkpoint, CancellationToken cancellationToken)
    {
        if (checkpoint is not null && version is < 1 or > CheckpointTable.FormatVersion)
        {
            findings.Error(Check, _where, string.Create(CultureInfo.InvariantCulture, $"Its format is {version}; this program knows 1 to {CheckpointTable.FormatVersion}."), "Use the version that wrote it, or a newer one.");
            return (false, null);
        }

        if (checkpoint is not null)
        {
            findings.Ok(Check, _where, string.Create(CultureInfo.InvariantCulture, $"Replication goes on after commit TS {checkpoint.CommitTs}, schema version {checkpoint.SchemaVersion} (format {version})."));
        }
        else
        {
            findings.Ok(Check, _where, string.Create(CultureInfo.InvariantCulture, $"There is none for cluster {clusterId}: the first start writes it."));
        }

        await CheckHolderAsync(cancellationToken);
        return (true, checkpoint);
    }

    private async Task CheckHolderAsync(CancellationToken cancellationToken)
    {
        if (connection.Server.Kind != MySqlServerKind.TiDb
            && await connection.QueryScalarAsync($"SELECT IS_USED_LOCK({SqlText.Quote(new CheckpointTable(clusterId).LockName)})", cancellationToken) is { } holder)
        {
            findings.Warning(Check, _where, $"A Drainer of this cluster runs already: connection {holder} holds the lock.", "Stop that Drainer before this one is started; if it is this one, all is well.");
        }
    }

    /// <summary>What the original left in the target; null when it left nothing.</summary>
    public async Task<OriginalCheckpoint?> FindOriginalAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await OriginalTable.FindAsync(connection, CheckpointTable.Database, clusterId, server, cancellationToken);
        }
        catch (MySqlException exception) when (!exception.IsConnectionLost)
        {
            return null;
        }
        catch (TargetException exception)
        {
            findings.Error(Check, OriginalTable.Name(CheckpointTable.Database), exception.Message, "Set drainer.checkpoint.takeOver to false to start without it.");
            return null;
        }
    }

    /// <summary>Says what will be done about the original's checkpoint.</summary>
    public static void Report(OriginalCheckpoint original, bool takesOver, FindingList findings)
    {
        string end = original.IsConsistent ? "" : " It was not written at an orderly end: if that Drainer still runs, the start ends with an error, otherwise what it may have applied beyond is applied again.";
        findings.Note(
            Check,
            original.Where,
            string.Create(CultureInfo.InvariantCulture, $"TiDB Binlog's Drainer has left its checkpoint here, at commit TS {original.CommitTs}; {(takesOver ? $"the first start goes on from it.{end}" : "drainer.checkpoint.takeOver is false, so it isn't used.")}"),
            takesOver ? "Stop that Drainer before the start." : "Set drainer.initialCommitTs to where the target is.");
    }
}
