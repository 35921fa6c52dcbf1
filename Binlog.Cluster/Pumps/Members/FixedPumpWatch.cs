using System.Runtime.CompilerServices;
using Binlog.Cluster.Registry;

namespace Binlog.Cluster.Pumps.Members;

/// <summary>Pumps that are known beforehand and count as online: one list, and nothing after it.</summary>
internal sealed class FixedPumpWatch(IReadOnlyList<NodeStatus> pumps) : INodeWatch
{
    public async IAsyncEnumerable<IReadOnlyList<NodeStatus>> WatchAsync(NodeRole role, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return pumps;
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
    }
}
