namespace Binlog.RelayLog;

/// <summary>What reading a whole segment found.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Records">Number of intact records.</param>
/// <param name="LowestCommitTs">Lowest commit TS other than 0 among them; 0 when there is none.</param>
/// <param name="HighestCommitTs">Highest commit TS among them.</param>
/// <param name="UnfinishedBytes">Bytes after the last intact record of the last segment: an append that is under way, or a torn tail that the next opening cuts.</param>
/// <param name="Damage">Damage to acknowledged records, or null. Records after it aren't counted.</param>
public sealed record SegmentVerification(
    SegmentInfo Segment, ulong Records, ulong LowestCommitTs, ulong HighestCommitTs, long UnfinishedBytes, CorruptLogException? Damage);
