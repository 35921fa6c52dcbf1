using Binlog.Cluster.Registry;
using Binlog.Cluster;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Membership;

/// <summary>Keeps a node's entry in the registry up to date while it runs: once at the start, then at every heartbeat, and at the end.</summary>
internal sealed partial class NodeRegistration : IAsyncDisposable
{
    /// <summary>How long a start waits for a registry that can't be reached, because the host that keeps it may be starting too.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly INodeRegistry _registry;
    private readonly NodeRole _role;
    private readonly string _nodeId;
    private readonly string _address;
    private readonly Func<ulong> _position;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _beating = Task.CompletedTask;
    private NodeState _stateAfterwards = NodeState.Paused;

    /// <summary>Prepares an entry; nothing is written yet.</summary>
    /// <param name="registry">The cluster's list of nodes.</param>
    /// <param name="role">What the node does.</param>
    /// <param name="nodeId">Its name.</param>
    /// <param name="address"><c>host:port</c> where others reach it.</param>
    /// <param name="position">A Pump's max commit TS, a Drainer's checkpoint.</param>
    /// <param name="time">Clock for heartbeats.</param>
    /// <param name="logger">Where a failing registry is reported.</param>
    public NodeRegistration(INodeRegistry registry, NodeRole role, string nodeId, string address, Func<ulong> position, TimeProvider time, ILogger logger)
    {
        _registry = registry;
        _role = role;
        _nodeId = nodeId;
        _address = address;
        _position = position;
        _time = time;
        _logger = logger;
    }

    /// <summary>The state that the registry has, or will have at the next heartbeat.</summary>
    public NodeState State { get; private set; } = NodeState.Offline;

    /// <summary>The entry as it stands now.</summary>
    public NodeStatus Status => new()
    {
        NodeId = _nodeId,
        Host = _address,
        State = State,
        MaxCommitTs = (long)_position(),
        UpdateTs = _time.GetUtcNow().ToUnixTimeMilliseconds() << 18,
    };

    /// <summary>The state in which the registry knew this node before this start; offline when it did not know it.</summary>
    /// <exception cref="ClusterException">The registry refuses, or can't be reached for 60 s.</exception>
    public async Task<NodeState> FindPreviousStateAsync(CancellationToken cancellationToken)
    {
        NodeState state = NodeState.Offline;
        await RetryAsync(
            async () =>
            {
                IReadOnlyList<NodeStatus> nodes = await _registry.ListAsync(_role, cancellationToken);
                state = nodes.FirstOrDefault(node => node.NodeId == _nodeId)?.State ?? NodeState.Offline;
            },
            cancellationToken);
        return state;
    }

    /// <summary>Enters the node as online and goes on refreshing the entry.</summary>
    /// <param name="interval">Time between two heartbeats.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ClusterException">The registry refuses, or can't be reached for 60 s.</exception>
    public async Task GoOnlineAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        State = NodeState.Online;
        await RetryAsync(() => _registry.PutAsync(_role, Status, cancellationToken), cancellationToken);
        LogRegistered(_role, _nodeId, _address);
        _beating = BeatAsync(interval);
    }

    /// <summary>The node has not begun its work: it will be entered as offline when this is disposed, so that nobody waits for it.</summary>
    public void Withdraw() => _stateAfterwards = NodeState.Offline;

    /// <summary>Ends the heartbeats and enters the node as paused. A registry that can't be reached is reported, not waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _beating;
        if (State == NodeState.Online)
        {
            State = _stateAfterwards;
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);
            try
            {
                await _registry.PutAsync(_role, Status, timeout.Token);
            }
            catch (Exception exception) when (exception is ClusterException or OperationCanceledException)
            {
                LogRegistryFailed(_role, _nodeId, exception.Message);
            }
        }

        _stopping.Dispose();
    }

    private async Task BeatAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _time);
        bool failed = false;
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                try
                {
                    await _registry.PutAsync(_role, Status, _stopping.Token);
                    failed = false;
                }
                catch (ClusterException exception)
                {
                    if (!failed)
                    {
                        LogRegistryFailed(_role, _nodeId, exception.Message);
                    }

                    failed = true;
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
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
                    LogRegistryFailed(_role, _nodeId, exception.Message);
                }

                await Task.Delay(RetryDelay, _time, cancellationToken);
            }
        }
    }

    [LoggerMessage(EventIds.NodeRegistered, LogLevel.Information, "{Role} {NodeId} is online at {Address}.")]
    private partial void LogRegistered(NodeRole role, string nodeId, string address);

    [LoggerMessage(EventIds.NodeRegistryFailed, LogLevel.Warning, "{Role} {NodeId} can't reach the cluster's registry, and goes on trying: {Reason}")]
    private partial void LogRegistryFailed(NodeRole role, string nodeId, string reason);
}
