namespace Binlog.RelayLog;

/// <summary>What reading a whole segment found.</summary>
/// <param name="Segment">The segment; what a damaged header said is told from its neighbours.</param>
/// <param name="Records">Number of intact records.</param>
/// <param name="LowestCommitTs">Lowest commit TS other than 0 among them; 0 when there is none.</param>
/// <param name="HighestCommitTs">Highest commit TS among them.</param>
/// <param name="UnfinishedBytes">Bytes after the last intact record of the last segment: an append that is under way, or a torn tail that the next opening cuts.</param>
/// <param name="Damages">Damage to what had been acknowledged, by place.</param>
public sealed record SegmentVerification(
    SegmentInfo Segment, ulong Records, ulong LowestCommitTs, ulong HighestCommitTs, long UnfinishedBytes, IReadOnlyList<DamagedRange> Damages)
{
    /// <summary>Sequence number of its last record; one less than its first when it is empty.</summary>
    public ulong LastSequence { get; init; }
}
