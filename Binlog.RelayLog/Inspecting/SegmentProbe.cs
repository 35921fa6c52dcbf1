using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>One place in a log's row of segments, as the directory and the header show it.</summary>
/// <param name="Number">Segment number.</param>
/// <param name="Path">Full path of the file.</param>
/// <param name="FileLength">Bytes of the file; 0 when it is missing.</param>
/// <param name="Header">The header; null when it is damaged or the file missing.</param>
/// <param name="Problem">What is wrong with the file or its header.</param>
/// <param name="Exists">False: the file is missing between others.</param>
internal sealed record SegmentProbe(ulong Number, string Path, long FileLength, SegmentHeader? Header, CorruptLogException? Problem, bool Exists)
{
    /// <summary>What the header said before a single bit of it flipped; null when it is intact, or more is wrong with it.</summary>
    public SegmentHeader? RescuedHeader { get; init; }
}
