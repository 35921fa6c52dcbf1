using Binlog.Cluster;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;
using Binlog.Service.Signals;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Membership;

/// <summary>
/// A node's state and its entry in the registry, kept up to date while it runs: at the start, at every heartbeat, at every change
/// of state, and at the end. Thread-safe.
/// </summary>
internal sealed partial class NodeRegistration : IAsyncDisposable
{
    /// <summary>How long the last write may take. A node that stays paused is found by its state or by its lease; one that left must be entered as such.</summary>
    private static readonly TimeSpan PausedTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OfflineTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(250);

    private readonly INodeRegistry _registry;
    private readonly NodeRole _role;
    private readonly NodeAddress _address;
    private readonly Func<ulong> _position;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HeldLease _lease;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly AdvanceSignal _changed = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _givenUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _beating = Task.CompletedTask;
    private NodeState _state = NodeState.Offline;
    private NodeState _stateAfterwards = NodeState.Paused;
    private NodeState? _written;
    private bool _isWrittenAlive;
    private volatile bool _isOver;
    private int _disposed;

    /// <summary>Prepares an entry; nothing is written yet.</summary>
    /// <param name="registry">The cluster's list of nodes.</param>
    /// <param name="role">What the node does.</param>
    /// <param name="address">Its name, and where others reach it.</param>
    /// <param name="position">A Pump's max commit TS, a Drainer's checkpoint.</param>
    /// <param name="time">Clock for heartbeats.</param>
    /// <param name="logger">Where a failing registry is reported.</param>
    public NodeRegistration(INodeRegistry registry, NodeRole role, NodeAddress address, Func<ulong> position, TimeProvider time, ILogger logger)
    {
        _registry = registry;
        _role = role;
        _address = address;
        _position = position;
        _time = time;
        _logger = logger;
        _lease = new HeldLease(time);
    }

    /// <summary>
    /// Whether new Pumps tell this node of themselves while it is paused and lives. Where some only tell nodes that are online, a paused one has no
    /// <see cref="Term"/>.
    /// </summary>
    public bool IsToldWhilePaused { get; init; }

    /// <summary>The node's name.</summary>
    public string NodeId => _address.NodeId;

    /// <summary>The state that the registry has, or will have as soon as it can be reached.</summary>
    public NodeState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Fails, with an error for the user, when somebody has set the running node offline. Never completes otherwise.</summary>
    public Task GivenUp => _givenUp.Task;

    /// <summary>
    /// Whether the node is online as far as it can know. A process that stood still for a lease may have been given up meanwhile: it knows
    /// nothing until the registry has taken a heartbeat.
    /// </summary>
    public bool IsSurelyOnline => State == NodeState.Online && _lease.IsFollowed;

    /// <summary>
    /// Number of the unbroken span of time during which the registry has the node as alive and in a state in which new Pumps tell it of themselves; null
    /// when it may not at present.
    /// </summary>
    public long? Term => State is var state && (state == NodeState.Online || (state == NodeState.Paused && IsToldWhilePaused)) ? _lease.Term : null;

    /// <summary>The entry as it stands now.</summary>
    public NodeStatus Status => new()
    {
        NodeId = _address.NodeId,
        Host = _address.Address,
        State = State,
        IsAlive = State.IsRunning() || (State == NodeState.Paused && !_isOver),
        MaxCommitTs = (long)_position(),
        UpdateTs = _time.GetUtcNow().ToUnixTimeMilliseconds() << 18,
    };

    /// <summary>Goes from one state to another, unless the state is not the first. The registry is told at once, by the next heartbeat.</summary>
    /// <param name="from">The state that is left.</param>
    /// <param name="to">The new state.</param>
    /// <param name="afterwards">What the node is entered as at its end from now on; null leaves that as it is.</param>
    public bool TryChange(NodeState from, NodeState to, NodeState? afterwards = null)
    {
        lock (_lock)
        {
            if (_state != from)
            {
                return false;
            }

            if (from == NodeState.Paused && !IsToldWhilePaused)
            {
                // Pumps that came meanwhile told it nothing; those that come are told once the registry has it as online.
                _lease.Break();
            }

            _state = to;
            _stateAfterwards = afterwards ?? _stateAfterwards;
        }

        LogChanged(_role, NodeId, from.ToName(), to.ToName());
        _changed.Pulse();
        return true;
    }

    /// <summary>Writes the entry of a node that is entered already, again and again until the registry has it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the registry may not have it.</exception>
    public async Task WriteUntilTakenAsync(CancellationToken cancellationToken)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                await WriteAsync(isRenewal: true, cancellationToken);
                return;
            }
            catch (NodeSetOfflineException exception)
            {
                GiveUp(exception);
                return;
            }
            catch (ClusterException exception)
            {
                if (isFirst)
                {
                    LogRegistryFailed(_role, NodeId, exception.Message);
                }
            }

            await Task.Delay(RetryDelay, _time, cancellationToken);
        }
    }

    /// <summary>The node has not begun its work: it will be entered as offline when this is disposed, so that nobody waits for it.</summary>
    public void Withdraw()
    {
        lock (_lock)
        {
            _stateAfterwards = NodeState.Offline;
        }
    }

    /// <summary>
    /// Ends the heartbeats and enters the node as paused, or as what <see cref="TryChange"/> or <see cref="Withdraw"/> said. A registry
    /// that can't be reached is reported, and waited for a few seconds only.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _beating;
        _isOver = true;
        NodeState before = State;
        if (before.IsRunning())
        {
            TryChange(before, _stateAfterwards);
        }

        if (_written is { } written && (written != State || (written == NodeState.Paused && _isWrittenAlive)))
        {
            using var timeout = new CancellationTokenSource(State == NodeState.Offline ? OfflineTimeout : PausedTimeout, _time);
            try
            {
                await WriteUntilTakenAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                LogLastStateUnknown(_role, NodeId, State.ToName(), written.ToName());
            }
        }

        _stopping.Dispose();
        _writing.Dispose();
    }

    private async Task BeatAsync(TimeSpan interval)
    {
        bool failed = false;
        Task changed = _changed.Next;
        while (true)
        {
            await Task.WhenAny(changed, Task.Delay(interval, _time, _stopping.Token));
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            changed = _changed.Next;
            try
            {
                // Not cancelled by the end: a heartbeat on its way could overtake the last state.
                await WriteAsync(isRenewal: true, CancellationToken.None);
                failed = false;
            }
            catch (NodeSetOfflineException exception)
            {
                GiveUp(exception);
                return;
            }
            catch (ClusterException exception)
            {
                if (!failed)
                {
                    LogRegistryFailed(_role, NodeId, exception.Message);
                }

                failed = true;
            }
        }
    }

    /// <summary>One write at a time, each with the state at its beginning: so the last write has the last state.</summary>
    private async Task WriteAsync(bool isRenewal, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        ClockReading began = _lease.Now;
        bool isHeard = false;
        try
        {
            NodeStatus status = Status;
            await (isRenewal ? _registry.RenewAsync(_role, status, cancellationToken) : _registry.PutAsync(_role, status, cancellationToken));
            (_written, _isWrittenAlive) = (status.State, status.IsAlive);
            isHeard = true;
        }
        finally
        {
            _lease.Note(began, isHeard);
            _writing.Release();
        }
    }

    /// <summary>Others have gone on without this node: what it would still take might never be merged.</summary>
    private void GiveUp(NodeSetOfflineException exception)
    {
        lock (_lock)
        {
            _state = NodeState.Offline;
            _written = NodeState.Offline;
        }

        string consequence = _role == NodeRole.Pump
            ? "Drainers have gone on without it, and what it took since may not be merged. Starting it again tells all Drainers first"
            : "Pumps no longer keep binlogs for it. Started again, it goes on where it stopped, or says what it misses";
        _givenUp.TrySetException(new ServiceException($"{exception.Message} This process at {_address.Address} takes nothing more and ends. {consequence}.", exception));
    }
}
