using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;

namespace Binlog.Service.Drainer.Checking;

/// <summary>
/// Looks at everything that a Drainer needs before it is started: its disk, the schema history, the target, the tables, registry and Pumps.
/// Starts nothing and changes nothing: privileges are read, not tried out.
/// </summary>
internal static class DrainerCheck
{
    /// <summary>Returns what was found, in the order of the way that data takes backwards: disk, history, target, cluster.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(HostOptions host, DrainerOptions drainer, TimeProvider time, CancellationToken cancellationToken)
    {
        var findings = new FindingList();
        DiskCheck.Run(host.DataDir, drainer.Relay, findings);
        ApplyCheck.Run(drainer, findings);

        using var history = new FileSchemaHistory(drainer.SchemaHistory.Path);
        SchemaTracker? newest = await HistoryCheck.ReadAsync(history, drainer.SchemaHistory.Path, findings, cancellationToken);
        List<string> databases = newest is null ? [] : [.. newest.UserTables.Select(table => table.SchemaName).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
        TargetState? target = drainer.Downstream.Type == DownstreamType.Sqlite
            ? SqliteCheck.Run(drainer.Downstream.File!, host.Cluster.Id, findings)
            : await new MySqlCheck(TargetFactory.ConnectionOptions(drainer.Downstream), drainer.Checkpoint, host.Cluster.Id, databases, findings).RunAsync(cancellationToken);
        if (newest is not null && drainer.Checkpoint.Type != CheckpointType.Target)
        {
            OutsideCheckpointCheck.NameKeyless(newest, findings);
        }

        long initialCommitTs = target?.OriginalCommitTs is { } left ? (long)left : drainer.InitialCommitTs;
        if (target is not null && newest is not null)
        {
            await new TableCheck(history, newest, target, initialCommitTs, findings).RunAsync(cancellationToken);
        }

        ulong? startTs = target?.Checkpoint?.CommitTs ?? (initialCommitTs >= 0 ? (ulong)initialCommitTs : null);
        await ClusterCheck.RunAsync(host, startTs, time, findings, cancellationToken);
        return findings.All;
    }
}
