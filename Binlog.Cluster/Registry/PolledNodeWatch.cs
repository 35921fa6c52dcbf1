using System.Runtime.CompilerServices;

namespace Binlog.Cluster.Registry;

/// <summary>Follows a registry that can only be asked, by asking it at an interval. Thread-safe: every watch polls on its own.</summary>
/// <param name="registry">The registry.</param>
/// <param name="interval">Pause between two questions; above 0.</param>
/// <param name="time">Clock of the pause.</param>
public sealed class PolledNodeWatch(INodeRegistry registry, TimeSpan interval, TimeProvider time) : INodeWatch
{
    private readonly TimeSpan _interval = interval > TimeSpan.Zero ? interval : throw new ArgumentOutOfRangeException(nameof(interval), interval, "The interval must be above 0.");

    /// <inheritdoc />
    public async IAsyncEnumerable<IReadOnlyList<NodeStatus>> WatchAsync(NodeRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<NodeStatus>? known = null;
        while (true)
        {
            IReadOnlyList<NodeStatus>? nodes = await TryListAsync(role, cancellationToken).ConfigureAwait(false);
            if (nodes is not null && (known is null || !AreSame(known, nodes)))
            {
                known = nodes;
                yield return nodes;
            }

            await Task.Delay(_interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<NodeStatus>?> TryListAsync(NodeRole role, CancellationToken cancellationToken)
    {
        try
        {
            return await registry.ListAsync(role, cancellationToken).ConfigureAwait(false);
        }
        catch (ClusterException exception) when (exception.IsTransient)
        {
            return null;
        }
    }

    private static bool AreSame(IReadOnlyList<NodeStatus> before, IReadOnlyList<NodeStatus> now)
    {
        if (before.Count != now.Count)
        {
            return false;
        }

        for (int index = 0; index < now.Count; index++)
        {
            if (!before[index].IsOfSameWriteAs(now[index]) || before[index].IsAlive != now[index].IsAlive)
            {
                return false;
            }
        }

        return true;
    }
}
