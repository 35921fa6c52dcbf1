using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;

namespace Binlog.Service.Membership;

/// <content>What a start asks the registry.</content>
internal sealed partial class NodeRegistration
{
    /// <summary>How long a start waits for a registry that can't be reached, because the host that keeps it may be starting too.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The state in which the registry knew this node before this start; offline when it did not know it. An entry that seems alive at
    /// another address is watched until its lease has run out or a heartbeat shows that somebody else uses the name.
    /// </summary>
    /// <exception cref="StartFailedException">Another process runs under this node ID.</exception>
    /// <exception cref="ClusterException">The registry refuses, or can't be reached for 60 s.</exception>
    public async Task<NodeState> FindPreviousStateAsync(CancellationToken cancellationToken)
    {
        NodeStatus? first = null;
        while (true)
        {
            NodeStatus? found = await FindEntryAsync(cancellationToken);
            if (found is not { IsAlive: true } || found.Host == _address.Address)
            {
                return found?.State ?? NodeState.Offline;
            }

            if (first is null)
            {
                LogNameMayBeTaken(_role, found.NodeId, found.Host);
                first = found;
            }
            else if (found.UpdateTs != first.UpdateTs || found.Host != first.Host)
            {
                throw new StartFailedException(
                    $"Another {_role} runs under the node ID {found.NodeId}: it is {found.State.ToName()} at {found.Host} and sends heartbeats, and this one is at {_address.Address}. "
                    + "Two nodes under one name would hide each other's binlogs. Stop the other one, or give this one another nodeId and a dataDir of its own.");
            }

            await Task.Delay(RetryDelay, _time, cancellationToken);
        }
    }

    /// <summary>Enters the node as online, whatever it was, and goes on refreshing the entry.</summary>
    /// <param name="interval">Time between two heartbeats.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ClusterException">The registry refuses, or can't be reached for 60 s.</exception>
    public Task GoOnlineAsync(TimeSpan interval, CancellationToken cancellationToken) => EnterAsync(isRenewal: false, interval, cancellationToken);

    /// <summary>
    /// As <see cref="GoOnlineAsync"/>, for a node that others wait for since an earlier run: <see cref="FindPreviousStateAsync"/> has found it as
    /// anything but offline.
    /// </summary>
    /// <returns>False when somebody has set it offline since then. It stays so, and others no longer wait for it.</returns>
    /// <exception cref="ClusterException">The registry refuses, or can't be reached for 60 s.</exception>
    public async Task<bool> TryResumeAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        try
        {
            await EnterAsync(isRenewal: true, interval, cancellationToken);
            return true;
        }
        catch (NodeSetOfflineException)
        {
            SetState(NodeState.Offline);
            return false;
        }
    }

    private async Task EnterAsync(bool isRenewal, TimeSpan interval, CancellationToken cancellationToken)
    {
        SetState(NodeState.Online);
        await RetryAsync(() => WriteAsync(isRenewal, cancellationToken), cancellationToken);
        LogRegistered(_role, NodeId, _address.Address);
        _beating = BeatAsync(interval);
    }

    private void SetState(NodeState state)
    {
        lock (_lock)
        {
            _state = state;
        }
    }

    private async Task<NodeStatus?> FindEntryAsync(CancellationToken cancellationToken)
    {
        NodeStatus? found = null;
        await RetryAsync(
            async () => found = (await _registry.ListAsync(_role, cancellationToken)).FirstOrDefault(node => node.NodeId == NodeId),
            cancellationToken);
        return found;
    }

    private async Task RetryAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                await action();
                return;
            }
            catch (ClusterException exception) when (exception.IsTransient && _time.GetElapsedTime(started) < StartTimeout)
            {
                if (isFirst)
                {
                    LogRegistryFailed(_role, NodeId, exception.Message);
                }

                await Task.Delay(RetryDelay, _time, cancellationToken);
            }
        }
    }
}
