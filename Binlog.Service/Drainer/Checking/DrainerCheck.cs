using Binlog.Service.Configuration;
using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.Service.Membership;

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

        await using ClusterAccess? cluster = await ClusterCheck.OpenAsync(host, time, findings, cancellationToken);
        using var scratch = new ScratchDirectory();
        await using IOpenSchemaHistory? history = await HistoryCheck.OpenAsync(host, drainer, scratch, TiKvJobSource.Of(cluster?.Upstream), time, findings, cancellationToken);
        SchemaTracker? newest = history is null ? null : await HistoryCheck.ReadAsync(history, findings, cancellationToken);
        List<string> databases = newest is null ? [] : [.. newest.UserTables.Select(table => table.SchemaName).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
        TargetState? target = (cluster?.ClusterId ?? host.Cluster.Id) is { } clusterId
            ? await CheckTargetAsync(drainer, clusterId, databases, findings, cancellationToken)
            : null;
        if (newest is not null && drainer.Checkpoint.Type != CheckpointType.Target)
        {
            OutsideCheckpointCheck.NameKeyless(newest, findings);
        }

        long initialCommitTs = target?.OriginalCommitTs is { } left ? (long)left : drainer.InitialCommitTs;
        if (target is not null && history is not null && newest is not null)
        {
            await new TableCheck(history, newest, target, initialCommitTs, findings).RunAsync(cancellationToken);
        }

        ulong? startTs = target?.Checkpoint?.CommitTs ?? (initialCommitTs >= 0 ? (ulong)initialCommitTs : null);
        await ClusterCheck.RunAsync(host, cluster, startTs, time, findings, cancellationToken);
        return findings.All;
    }

    private static async Task<TargetState?> CheckTargetAsync(DrainerOptions drainer, ulong clusterId, List<string> databases, FindingList findings, CancellationToken cancellationToken) =>
        drainer.Downstream.Type == DownstreamType.Sqlite
            ? SqliteCheck.Run(drainer.Downstream.File!, clusterId, findings)
            : await new MySqlCheck(TargetFactory.ConnectionOptions(drainer.Downstream), drainer.Checkpoint, clusterId, databases, findings).RunAsync(cancellationToken);
}
