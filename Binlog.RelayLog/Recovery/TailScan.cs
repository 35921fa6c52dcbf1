namespace Binlog.RelayLog.Recovery;

/// <summary>Everything that scanning a segment told.</summary>
/// <param name="Findings">For the classifier.</param>
/// <param name="LastTag">Tag of the segment's last intact record.</param>
/// <param name="HighestCommitTs">Highest commit TS up to there.</param>
/// <param name="DirtyPaddings">Bytes behind intact records that should be zero and aren't.</param>
internal readonly record struct TailScan(TailFindings Findings, RecordTag? LastTag, ulong HighestCommitTs, IReadOnlyList<(long From, long To)> DirtyPaddings);
