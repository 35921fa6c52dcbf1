using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Repairing;

/// <summary>What a segment's new file differs in from the old one. Every intact record stays at its offset.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Exists">False when there is no old file.</param>
/// <param name="FileLength">Bytes of the old file.</param>
/// <param name="Header">The new header.</param>
/// <param name="Length">Bytes of the new file.</param>
/// <param name="Gaps">Gaps by offset.</param>
/// <param name="Zeros">Ranges to be filled with zeros.</param>
internal sealed record SegmentPatch(
    string Path, bool Exists, long FileLength, SegmentHeader Header, long Length, IReadOnlyList<(long Offset, GapHeader Gap)> Gaps, IReadOnlyList<(long From, long To)> Zeros)
{
    /// <summary>Bytes of the old file that the new one begins with.</summary>
    public long KeptLength => Math.Min(FileLength, Length);
}
