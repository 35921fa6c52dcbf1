using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Everything that reading a segment told.</summary>
internal sealed record SegmentScan
{
    /// <summary>Intact records.</summary>
    public ulong Records { get; init; }

    /// <summary>Lowest commit TS other than 0 among them; 0 when there is none.</summary>
    public ulong LowestCommitTs { get; init; }

    /// <summary>Highest commit TS among them.</summary>
    public ulong HighestCommitTs { get; init; }

    /// <summary>First commit TS other than 0; 0 when there is none.</summary>
    public ulong FirstCommitTs { get; init; }

    /// <summary>Last commit TS other than 0; 0 when there is none.</summary>
    public ulong LastCommitTs { get; init; }

    /// <summary>Sequence number of the first intact record or gap; 0 when there is none.</summary>
    public ulong FirstSequence { get; init; }

    /// <summary>Byte offset of it.</summary>
    public long FirstOffset { get; init; }

    /// <summary>End of the last intact record or gap.</summary>
    public long End { get; init; } = SegmentHeader.Size;

    /// <summary>Sequence number that follows it; 0 when unknown.</summary>
    public ulong NextSequence { get; init; }

    /// <summary>Damaged places that an intact record follows.</summary>
    public IReadOnlyList<RecordHole> Holes { get; init; } = [];

    /// <summary>What lies behind the last intact record and is none; null when nothing does.</summary>
    public RecordHole? Tail { get; init; }

    /// <summary>Gaps that earlier repairs left, with their byte offset.</summary>
    public IReadOnlyList<(long Offset, GapHeader Gap)> Gaps { get; init; } = [];

    /// <summary>Byte ranges of padding that isn't zero.</summary>
    public IReadOnlyList<(long From, long To)> DirtyPaddings { get; init; } = [];
}
