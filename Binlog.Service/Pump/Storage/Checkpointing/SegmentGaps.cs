using Binlog.RelayLog;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>What repairs took out of a segment. An index that was made before a repair refers to what is lost.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Gaps">Number of gaps.</param>
/// <param name="LostRecords">Records that they had, at least.</param>
internal readonly record struct SegmentGaps(ulong Segment, ulong Gaps, ulong LostRecords)
{
    /// <summary>The segments of a log that have gaps.</summary>
    public static SegmentGaps[] Of(SegmentedLog log) =>
        [.. log.Segments.Where(segment => segment.Gaps > 0).Select(segment => new SegmentGaps(segment.Number, (ulong)segment.Gaps, segment.LostRecords))];
}
