using Binlog.Cluster.Registry;
using Binlog.Service.Downstream.Claiming;

namespace Binlog.Service.Drainer.Standby;

/// <summary>
/// Watches the heartbeats of the cluster's other Drainers. One whose entry did not move for <see cref="Silence"/>, under unbroken looks, may be
/// replaced: sooner than its lease ends, because the target's epoch keeps one that wakes up from applying anything.
/// </summary>
/// <param name="registry">The list of nodes.</param>
/// <param name="nodeId">This Drainer's own name.</param>
/// <param name="announce">
/// Writes this Drainer's own entry, and returns whether it did. Where it succeeds all the time, the registry takes writes, and a silent entry is a
/// silent Drainer. Where there is nothing to write, the end of the lease is needed too.
/// </param>
/// <param name="time">Clock for silence.</param>
internal sealed class DrainerWatch(INodeRegistry registry, string nodeId, Func<CancellationToken, Task<bool>> announce, TimeProvider time) : IRivals
{
    /// <summary>Six heartbeats.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    /// <summary>A longer time without a look breaks the observation: the registry was away, or this process stood still.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan AnnounceInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Observation> _seen = [];
    private long? _lookedAt;
    private long? _announcedAt;
    private bool _isProven;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Rival>> LookAsync(CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        bool isBroken = _lookedAt is not { } last || time.GetElapsedTime(last, began) >= LongestGap;
        _lookedAt = null;
        if (isBroken || !_isProven || _announcedAt is not { } announced || time.GetElapsedTime(announced, began) >= AnnounceInterval)
        {
            bool wasProven = _isProven;
            _isProven = await announce(cancellationToken);
            _announcedAt = began;
            isBroken |= _isProven && !wasProven;
        }

        IReadOnlyList<NodeStatus> nodes = await registry.ListAsync(NodeRole.Drainer, cancellationToken);
        if (isBroken)
        {
            _seen.Clear();
        }

        long ended = time.GetTimestamp();
        _lookedAt = ended;
        return [.. nodes.Where(node => node.NodeId != nodeId).Select(node => new Rival(node.NodeId, node.Host, Judge(node, began, ended)))];
    }

    private RivalLife Judge(NodeStatus node, long began, long ended)
    {
        if (!_seen.TryGetValue(node.NodeId, out Observation? seen))
        {
            _seen[node.NodeId] = new Observation(node.UpdateTs, ended, HasMoved: false);
            return RivalLife.Unsure;
        }

        if (seen.UpdateTs != node.UpdateTs)
        {
            _seen[node.NodeId] = new Observation(node.UpdateTs, ended, HasMoved: true);
            return RivalLife.Alive;
        }

        return time.GetElapsedTime(seen.Since, began) >= Silence && (_isProven || !node.IsAlive) ? RivalLife.Dead
            : seen.HasMoved ? RivalLife.Alive
            : RivalLife.Unsure;
    }

    /// <param name="UpdateTs">The entry's newest heartbeat.</param>
    /// <param name="Since">End of the look that saw it first: nothing was written between then and the beginning of a later look that sees the same.</param>
    /// <param name="HasMoved">Whether an earlier one was seen before.</param>
    private sealed record Observation(long UpdateTs, long Since, bool HasMoved);
}
