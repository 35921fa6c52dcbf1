using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Selecting;

/// <summary>One after the other; after a failure the next one.</summary>
internal sealed class RangeSelector : IPumpSelector
{
    private uint _next;

    public uint Begin(ulong startTs) => Interlocked.Increment(ref _next);

    public PumpNode Select(PumpNode[] candidates, uint turn, uint moves) => candidates[unchecked(turn + moves) % (uint)candidates.Length];
}
