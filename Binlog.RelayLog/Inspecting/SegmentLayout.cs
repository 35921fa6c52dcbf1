using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>What a segment is, or would be once it is repaired.</summary>
internal sealed record SegmentLayout
{
    /// <summary>What was read.</summary>
    public required ExaminedSegment Examined { get; init; }

    /// <summary>Its header: the one in the file, or the one that the neighbours tell.</summary>
    public required SegmentHeader Header { get; init; }

    /// <summary>True when sealed: nothing will be appended to it.</summary>
    public required bool IsSealed { get; init; }

    /// <summary>Bytes that belong to it.</summary>
    public long Length { get; init; }

    /// <summary>All places without an intact record, ascending.</summary>
    public IReadOnlyList<RecordHole> Holes { get; init; } = [];

    /// <summary>Bytes behind <see cref="Length"/> that the next opening cuts: an append that never finished.</summary>
    public long UnfinishedBytes { get; init; }

    /// <summary>What is wrong with header or file, or null.</summary>
    public CorruptLogException? Problem => Examined.Probe.Problem;

    /// <summary>Whether the file isn't what it should be.</summary>
    public bool IsDamaged => Problem is not null || Holes.Count > 0 || Examined.Scan.DirtyPaddings.Count > 0;
}
