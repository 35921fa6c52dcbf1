using Binlog.Cluster.Registry;

namespace Binlog.Service.Embedded;

/// <summary>
/// Tells nodes that live from nodes that died without saying so: a node lives while its last heartbeat is younger than the
/// lease, measured with the registry's own monotonic clock, so no node's clock matters. Thread-safe.
/// </summary>
/// <remarks>
/// A registry that starts, or was stopped for a while, has heard nobody's heartbeat. That is no sign of death: for one lease from
/// then on every node that should run counts as alive. It notices its own absence by the silence: the host that keeps the registry
/// runs a node itself, whose heartbeats are never as far apart as half a lease.
/// </remarks>
internal sealed class NodeLeases
{
    /// <summary>How long a node counts as alive after a heartbeat: at least three heartbeats.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan OwnAbsence = Lease / 2;

    private readonly Lock _lock = new();
    private readonly Dictionary<(NodeRole Role, string NodeId), long> _heartbeats = [];
    private readonly TimeProvider _time;
    private long _presentSince;
    private long _lastCall;

    /// <summary>The registry has just started.</summary>
    public NodeLeases(TimeProvider time)
    {
        _time = time;
        _presentSince = _lastCall = time.GetTimestamp();
    }

    /// <summary>Notes a heartbeat.</summary>
    public void Renew(NodeRole role, string nodeId)
    {
        lock (_lock)
        {
            _heartbeats[(role, nodeId)] = NoticeOwnAbsence();
        }
    }

    /// <summary>
    /// Sets <see cref="NodeStatus.IsAlive"/> of nodes. One that is offline is not supposed to run, and is not alive; one that is paused only when it said with
    /// its last write that it runs on.
    /// </summary>
    public IReadOnlyList<NodeStatus> Judge(NodeRole role, IEnumerable<NodeStatus> nodes)
    {
        lock (_lock)
        {
            NoticeOwnAbsence();
            return [.. nodes.Select(node => node with { IsAlive = (node.State.IsRunning() || node is { State: NodeState.Paused, IsAlive: true }) && HoldsLease(role, node.NodeId) })];
        }
    }

    private bool HoldsLease(NodeRole role, string nodeId) =>
        _time.GetElapsedTime(_presentSince) < Lease
        || (_heartbeats.TryGetValue((role, nodeId), out long heartbeat) && _time.GetElapsedTime(heartbeat) < Lease);

    private long NoticeOwnAbsence()
    {
        long now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_lastCall, now) >= OwnAbsence)
        {
            _presentSince = now;
        }

        return _lastCall = now;
    }
}
