using Binlog.Cluster.Pumps.Members;

namespace Binlog.Cluster.Pumps.Selecting;

/// <summary>By the start TS; after a failure the next one.</summary>
internal sealed class HashSelector : IPumpSelector
{
    public static HashSelector Instance { get; } = new();

    /// <summary>Neighbouring timestamps differ in a few bits only: the product's upper bits spread them.</summary>
    public uint Begin(ulong startTs) => (uint)(startTs * 0x9E3779B97F4A7C15 >> 40);

    public PumpNode Select(PumpNode[] candidates, uint turn, uint moves) => candidates[unchecked(turn + moves) % (uint)candidates.Length];
}
