using Binlog.Cluster.Registry;
using Binlog.Service.Configuration;
using Binlog.Service.Downstream.Claiming;
using Binlog.Service.Drainer.Standby;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer;

/// <content>Waiting for the end of another Drainer.</content>
internal sealed partial class DrainerNode
{
    /// <summary>
    /// A standby is entered as offline, so that nobody waits for it: what it needs is kept for the active Drainer, which therefore must be one that the
    /// registry knows. It writes that again and again, because a registry that takes its writes would take those of the active one.
    /// </summary>
    private TargetClaim CreateClaim(DrainerOptions options, INodeRegistry registry, TimeProvider time, ILogger logger)
    {
        string holder = $"Drainer {Address.NodeId} at {Address.Address} (on {Environment.MachineName}, process {Environment.ProcessId})";
        TargetClaim? claim = null;
        async Task<bool> AnnounceAsync(CancellationToken cancellationToken)
        {
            if (claim is not { IsWaiting: true, Active: { IsRegistered: true } active })
            {
                return false;
            }

            await registry.PutAsync(NodeRole.Drainer, _registration!.Status with { State = NodeState.Offline, IsAlive = false, MaxCommitTs = (long)(active.CommitTs ?? 0) }, cancellationToken);
            return true;
        }

        return claim = new TargetClaim
        {
            NodeId = Address.NodeId,
            Holder = holder[..Math.Min(holder.Length, TargetClaim.LongestHolder)],
            IsStandby = options.Standby,
            Rivals = new DrainerWatch(registry, Address.NodeId, AnnounceAsync, time),
            TakingOver = ended => LogEndsHolder(logger, ended),
            Time = time,
        };
    }

    private async Task TakeOverAsync(Func<CancellationToken, Task> becomeActiveAsync, ILogger logger)
    {
        await becomeActiveAsync(_stopping.Token);
        LogTookOver(logger, Address.NodeId, Progress.CommitTs);
        await EndOfAnyStageAsync();
    }

    [LoggerMessage(EventIds.DrainerIsStandby, LogLevel.Information, "Drainer {NodeId} at {Address} is a standby: it waits as long as another Drainer replicates into its target.")]
    private static partial void LogStandby(ILogger logger, string nodeId, string address);

    [LoggerMessage(EventIds.DrainerEndsHolder, LogLevel.Warning, "The target is held by {Holder}, which is dead or an earlier process of this Drainer: its sessions are ended, and the target is taken over.")]
    private static partial void LogEndsHolder(ILogger logger, string holder);

    [LoggerMessage(EventIds.DrainerTookOver, LogLevel.Information, "Drainer {NodeId} is the active one from now on; the target is at commit TS {CommitTs} or beyond.")]
    private static partial void LogTookOver(ILogger logger, string nodeId, ulong commitTs);
}
