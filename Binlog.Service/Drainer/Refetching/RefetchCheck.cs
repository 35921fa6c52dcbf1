using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Drainer.Applying;
using Binlog.Service.Drainer.Collecting;
using Grpc.Core;

namespace Binlog.Service.Drainer.Refetching;

/// <summary>Asks every Pump whether it still has what a damaged relay log can't be trusted with. Nothing is changed meanwhile.</summary>
internal sealed class RefetchCheck(INodeRegistry registry, Func<NodeStatus, IBinlogPuller> connect, ApplyProgress progress, TimeProvider time)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Returns when every Pump has accepted a pull after the commit TS; waits for those that can't be reached, and says so in the progress.</summary>
    /// <exception cref="DrainerException">The cluster's Pumps don't have it all; the message says which one lacks what.</exception>
    public async Task RunAsync(ulong after, CancellationToken cancellationToken)
    {
        foreach (NodeStatus pump in await ListAsync(cancellationToken))
        {
            if (pump.State != NodeState.Offline)
            {
                await ProbeAsync(pump, after, cancellationToken);
            }
            else if ((ulong)Math.Max(0, pump.MaxCommitTs) > after)
            {
                throw new DrainerException($"the Pump {pump.NodeId} is offline and got binlogs up to commit TS {pump.MaxCommitTs}");
            }
        }
    }

    private async Task<IReadOnlyList<NodeStatus>> ListAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                IReadOnlyList<NodeStatus> pumps = await registry.ListAsync(NodeRole.Pump, cancellationToken);
                return pumps.Any(pump => pump.State != NodeState.Offline) ? pumps : throw new DrainerException("there is no Pump that it could be fetched from");
            }
            catch (ClusterException exception) when (exception.IsTransient)
            {
                progress.Failure = $"The relay log is damaged, and the list of Pumps, of which it would be fetched again, can't be read: {exception.Message}";
            }

            await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    private async Task ProbeAsync(NodeStatus pump, ulong after, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await PullOnceAsync(connect(pump), after, cancellationToken);
                return;
            }
            catch (RpcException exception) when (exception.StatusCode is StatusCode.OutOfRange or StatusCode.InvalidArgument or StatusCode.DataLoss)
            {
                throw new DrainerException($"the Pump {pump.NodeId} at {pump.Host} refuses to be pulled after commit TS {after}: {exception.Status.Detail.TrimEnd('.')}", exception);
            }
            catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
            {
                progress.Failure = $"The relay log is damaged; before it is fetched again, the Pump {pump.NodeId} at {pump.Host} must say that it still has what is needed: {exception.StatusCode}: {exception.Status.Detail}";
            }

            await Task.Delay(RetryDelay, time, cancellationToken);
        }
    }

    /// <summary>A Pump refuses before it accepts; so one that accepts has what comes after, and keeps it for this Drainer.</summary>
    private static async Task PullOnceAsync(IBinlogPuller puller, ulong after, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bool isAccepted = false;
        void Accept()
        {
            isAccepted = true;
            ending.Cancel();
        }

        try
        {
            await foreach (PulledBinlog binlog in puller.PullAsync(after, Accept, ending.Token))
            {
                binlog.Spool?.Release();
                return;
            }
        }
        catch (Exception) when (isAccepted && !cancellationToken.IsCancellationRequested)
        {
            return;
        }
    }
}
