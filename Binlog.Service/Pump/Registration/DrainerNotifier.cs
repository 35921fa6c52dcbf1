using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Grpc;
using Binlog.Service.Hosting;
using Binlog.Service.Membership;
using Binlog.TiDB.Contracts;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using CisternContract = Binlog.Cluster.Contracts.Cistern;

namespace Binlog.Service.Pump.Registration;

/// <summary>
/// Tells every Drainer that a new Pump is about to take binlogs, so that none merges past it. A Drainer that does not answer
/// and whose lease has run out is dead: it will find the Pump in the registry when it starts, and holds nobody up. One that answers with
/// an error is not dead, whatever the registry says.
/// </summary>
internal sealed partial class DrainerNotifier(INodeRegistry registry, TimeProvider time, ILogger logger, GrpcTls? tls = null)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    /// <summary>All tries together take longer than a lease: a Drainer that dies just now is found dead by the last ones.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(300);
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

    /// <summary>Tells every living Drainer once that something about this Pump has changed, so that it looks at once and not only at its next interval. Failures are logged.</summary>
    public async Task TellAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<NodeStatus> drainers = await registry.ListAsync(NodeRole.Drainer, cancellationToken);
            await Task.WhenAll(drainers.Where(drainer => drainer is { State: NodeState.Online or NodeState.Paused, IsAlive: true }).Select(async drainer =>
            {
                if (await NotifyAsync(drainer, cancellationToken) is { } failure)
                {
                    LogNotTold(drainer.NodeId, drainer.Host, failure.Reason);
                }
            }));
        }
        catch (ClusterException exception)
        {
            LogNotTold("of the registry", "unknown address", exception.Message);
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

        foreach (NodeStatus drainer in drainers.Where(IsToBeTold))
        {
            NotifyFailure? failure = await NotifyAsync(drainer, cancellationToken);
            if (failure is not null && (drainer.IsAlive || failure.IsAnswer))
            {
                return $"{drainer.NodeId} at {drainer.Host} is alive but did not answer: {failure.Reason}";
            }
        }

        return null;
    }

    /// <summary>A Drainer that is online may live whatever its lease says; a paused one merges only while it surely holds its lease.</summary>
    private static bool IsToBeTold(NodeStatus drainer) => drainer.State == NodeState.Online || drainer is { State: NodeState.Paused, IsAlive: true };

    private async Task<NotifyFailure?> NotifyAsync(NodeStatus drainer, CancellationToken cancellationToken)
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
            return new NotifyFailure($"{exception.StatusCode}: {exception.Status.Detail}", DrainerAnswer.Is(exception));
        }
    }

    [LoggerMessage(EventIds.PumpNotifyFailed, LogLevel.Warning, "Drainers don't know this Pump yet; telling them again: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(EventIds.PumpDrainerNotTold, LogLevel.Information, "The Drainer {NodeId} at {Address} was not told of this Pump's change and finds it at its next look at the registry: {Reason}")]
    private partial void LogNotTold(string nodeId, string address, string reason);

    /// <summary>Why a Drainer was not told.</summary>
    /// <param name="Reason">What happened.</param>
    /// <param name="IsAnswer">The Drainer itself said so.</param>
    private sealed record NotifyFailure(string Reason, bool IsAnswer);
}
