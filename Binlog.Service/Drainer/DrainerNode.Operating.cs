using Binlog.Cluster.Registry;
using Binlog.Service.Membership;

namespace Binlog.Service.Drainer;

/// <content>What an operator asks of a running Drainer.</content>
internal sealed partial class DrainerNode
{
    private readonly Lock _pausing = new();

    private NodeStateEndpoint CreateStateEndpoint(TimeProvider time) => new(_registration!, "invalid", new Dictionary<string, Func<bool>>
    {
        ["pause"] = () => TryPause(time),
        ["resume"] = () => TryResume(time),
        ["close"] = TryLeave,
    });

    /// <summary>
    /// Unlike the original's, a Drainer that is paused goes on running: it pulls, keeps the target's lock, and applies nothing. A start, like
    /// <see cref="TryResume"/>, makes it online again.
    /// </summary>
    private bool TryPause(TimeProvider time)
    {
        lock (_pausing)
        {
            if (!_registration!.TryChange(NodeState.Online, NodeState.Paused))
            {
                return false;
            }

            Progress.Pause.Begin(time.GetUtcNow());
            return true;
        }
    }

    private bool TryResume(TimeProvider time)
    {
        lock (_pausing)
        {
            if (!_registration!.TryChange(NodeState.Paused, NodeState.Online))
            {
                return false;
            }

            Progress.Pause.End(time.GetUtcNow());
            return true;
        }
    }

    /// <summary>Nobody waits for a Drainer, so it ends at once.</summary>
    private bool TryLeave()
    {
        bool isEnding = _registration!.TryChange(NodeState.Online, NodeState.Closing, NodeState.Offline)
            || _registration.TryChange(NodeState.Paused, NodeState.Closing, NodeState.Offline);
        if (isEnding)
        {
            _ended.TrySetResult();
        }

        return isEnding;
    }
}
