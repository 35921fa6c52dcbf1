using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Selecting;

/// <summary>
/// The Pump with the fewest bytes of this client under way, then the fewest calls, then the lowest recent latency. After a failure they are taken one
/// after the other, because one that fails at once has little under way.
/// </summary>
internal sealed class LeastLoadedSelector : IPumpSelector
{
    private uint _next;

    public uint Begin(ulong startTs) => Interlocked.Increment(ref _next);

    public PumpNode Select(PumpNode[] candidates, uint turn, uint moves)
    {
        // Where nothing tells them apart, their turn does.
        uint start = unchecked(turn + moves) % (uint)candidates.Length;
        PumpNode best = candidates[start];
        for (uint step = 1; moves == 0 && step < candidates.Length; step++)
        {
            PumpNode other = candidates[(start + step) % (uint)candidates.Length];
            best = IsLess(other.Load, best.Load) ? other : best;
        }

        return best;
    }

    private static bool IsLess(PumpLoad? left, PumpLoad? right)
    {
        if (left is null || right is null)
        {
            return false;
        }

        int order = left.Bytes.CompareTo(right.Bytes);
        order = order != 0 ? order : left.Calls.CompareTo(right.Calls);
        return (order != 0 ? order : left.Latency.CompareTo(right.Latency)) < 0;
    }
}
