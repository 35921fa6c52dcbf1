using Binlog.RelayLog;

namespace Binlog.Service.Commands.Inspect;

/// <summary>A segment as <c>inspect ls</c> shows it.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="LastSequence">Sequence number of its last record; null when unknown.</param>
/// <param name="LowestCommitTs">Lowest commit TS, exact when all was read, otherwise none of its records is expected below it.</param>
/// <param name="HighestCommitTs">Highest commit TS; from headers, that of the log up to the segment's end.</param>
/// <param name="Records">Number of records; null when unknown.</param>
/// <param name="Problem">What is wrong, or null.</param>
internal sealed record LsRow(SegmentInfo Segment, ulong? LastSequence, ulong? LowestCommitTs, ulong? HighestCommitTs, ulong? Records, string? Problem)
{
    /// <summary>A row from the headers, and from reading when all was read.</summary>
    public static LsRow Of(SegmentOutline outline, SegmentVerification? read)
    {
        string? problem = outline.Problem is { } found ? $"expected {found.Expected}, found {found.Found}" : null;
        return read is null
            ? new LsRow(outline.Segment, outline.LastSequence, outline.Segment.BaseCommitTs, outline.HighestCommitTs, outline.Records, problem)
            : new LsRow(
                read.Segment,
                read.LastSequence,
                read.LowestCommitTs,
                read.HighestCommitTs,
                read.Records,
                problem ?? (read.Damages.Count > 0 ? $"{read.Damages.Count} damaged places, see inspect verify" : null));
    }
}
