using System.Globalization;
using System.Text.Json;
using Binlog.MySql;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.MySql;

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
        else if (await FindOriginalAsync(cancellationToken) is { } original)
        {
            findings.Note(
                Check,
                $"`{CheckpointTable.Database}`.`checkpoint` of {server}",
                string.Create(CultureInfo.InvariantCulture, $"TiDB Binlog's Drainer has left its checkpoint here, at commit TS {original}; it isn't taken over."),
                string.Create(CultureInfo.InvariantCulture, $"Stop that Drainer, and set drainer.initialCommitTs to {original}."));
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

    /// <summary>The commit TS of the original's checkpoint; null when there is none that can be read.</summary>
    private async Task<ulong?> FindOriginalAsync(CancellationToken cancellationToken)
    {
        try
        {
            string? json = await connection.QueryScalarAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT `checkPoint` FROM `{CheckpointTable.Database}`.`checkpoint` WHERE `clusterID`={clusterId}"), cancellationToken);
            using JsonDocument? document = json is null ? null : JsonDocument.Parse(json);
            return document?.RootElement.TryGetProperty("commitTS", out JsonElement commitTs) == true && commitTs.TryGetUInt64(out ulong value) ? value : null;
        }
        catch (Exception exception) when (exception is JsonException || exception is MySqlException { IsConnectionLost: false })
        {
            return null;
        }
    }
}
