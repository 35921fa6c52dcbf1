using System.Globalization;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog;

/// <summary>A reader has come to a place whose records were damaged and taken out by a repair. It doesn't move.</summary>
public sealed class LogGapException : RelayLogException
{
    internal LogGapException(string name, LogPosition position, in GapHeader gap)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"The {name} lacks {(gap.IsMinimum ? "at least " : "")}{gap.LostSequences} records at position {position}, from sequence {gap.FirstSequence} on{Bound(gap)}: they were damaged, and a repair took them out (see {SegmentName.Repairs} beside the segments). ")
            + "Take what is missing from its source again: move the log's directory away if the source still has it, or restore from a backup.")
    {
        Position = position;
        FirstSequence = gap.FirstSequence;
        NextSequence = gap.NextSequence;
        HighestCommitTs = gap.HighestCommitTs == ulong.MaxValue ? null : gap.HighestCommitTs;
    }

    /// <summary>Where the gap begins.</summary>
    public LogPosition Position { get; }

    /// <summary>Sequence number of the first lost record.</summary>
    public ulong FirstSequence { get; }

    /// <summary>Sequence number of the first record after the gap.</summary>
    public ulong NextSequence { get; }

    /// <summary>No lost record has a commit TS above this one; null when that isn't known.</summary>
    public ulong? HighestCommitTs { get; }

    private static string Bound(in GapHeader gap) =>
        gap.HighestCommitTs == ulong.MaxValue ? "" : string.Create(CultureInfo.InvariantCulture, $", none with a commit TS above {gap.HighestCommitTs}");
}
