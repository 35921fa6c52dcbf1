using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Grpc;
using Binlog.Service.Hosting;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Pump.Registration;

/// <summary>
/// Tells every Drainer that a new Pump is about to take binlogs, so that none merges past it. A Drainer that does not answer
/// and whose heartbeat has stopped is dead: it will find the Pump in the registry when it starts, and holds nobody up.
/// </summary>
internal sealed partial class DrainerNotifier(INodeRegistry registry, TimeProvider time, ILogger logger, GrpcTls? tls = null)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HeartbeatLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);
    private const int Tries = 40;

    /// <summary>Returns when every living Drainer has this Pump as a source.</summary>
    /// <exception cref="StartFailedException">A Drainer lives but does not answer.</exception>
    public async Task NotifyAllAsync(CancellationToken cancellationToken)
    {
        for (int tried = 1; ; tried++)
        {
            string? failure = await NotifyOnceAsync(cancellationToken);
            if (failure is null)
            {
                return;
            }

            if (tried == Tries)
            {
                throw new StartFailedException(
                    $"fail to notify all living drainer: {failure}. A Pump that a Drainer does not know must not take binlogs. Check the network between the two, then start this Pump again.");
            }

            LogFailed(failure);
            await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    /// <summary>Returns what went wrong, or null when every living Drainer has answered.</summary>
    private async Task<string?> NotifyOnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeStatus> drainers;
        try
        {
            drainers = await registry.ListAsync(NodeRole.Drainer, cancellationToken);
        }
        catch (ClusterException exception) when (exception.IsTransient)
        {
            return exception.Message;
        }

        foreach (NodeStatus drainer in drainers.Where(drainer => drainer.State == NodeState.Online))
        {
            string? reason = await NotifyAsync(drainer, cancellationToken);
            if (reason is not null && IsAlive(drainer))
            {
                return $"{drainer.NodeId} at {drainer.Host} is alive but did not answer: {reason}";
            }
        }

        return null;
    }

    private async Task<string?> NotifyAsync(NodeStatus drainer, CancellationToken cancellationToken)
    {
        using GrpcChannel channel = GrpcChannel.ForPeer(drainer.Host, new GrpcChannelOptions { TimeProvider = time, Tls = tls });
        var client = new CisternContract.CisternClient(channel);
        try
        {
            using AsyncUnaryCall<NotifyResp> call = client.NotifyAsync(new NotifyReq(), deadline: (time.GetUtcNow() + CallTimeout).UtcDateTime, cancellationToken: cancellationToken);
            await call.ResponseAsync;
            return null;
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{exception.StatusCode}: {exception.Status.Detail}";
        }
    }

    private bool IsAlive(NodeStatus drainer) =>
        time.GetUtcNow().ToUnixTimeMilliseconds() - (drainer.UpdateTs >> 18) < HeartbeatLimit.TotalMilliseconds;

    [LoggerMessage(EventIds.PumpNotifyFailed, LogLevel.Warning, "Drainers don't know this Pump yet; telling them again: {Reason}")]
    private partial void LogFailed(string reason);
}
