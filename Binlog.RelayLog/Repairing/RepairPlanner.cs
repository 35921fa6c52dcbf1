using System.Globalization;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Inspecting;

namespace Binlog.RelayLog.Repairing;

/// <summary>Decides how damaged segments are written anew. Pure.</summary>
internal static class RepairPlanner
{
    /// <summary>The patches, oldest segment first, the mark to put back when the log's missing end is accepted, and the damage that they take out.</summary>
    /// <exception cref="LogRepairException">Some damage can't be taken out.</exception>
    public static (IReadOnlyList<SegmentPatch> Patches, CloseMark? Mark, LogRepairPlan Plan) Plan(ExaminedLog log, LogRepairOptions options)
    {
        IReadOnlyList<SegmentLayout> layouts = LogLayout.Of(log);
        if (layouts.Count == 0 && log.Segments.Count > 0)
        {
            throw new LogRepairException(
                options.Directory,
                "no segment has a readable header, so nothing tells which log the files are of, and no record in them can be proved to be intact. Move the whole directory away to begin a new log.");
        }

        IReadOnlyList<DamagedRange> missingEnd = options.AcceptMissingEnd ? LostEnd.DamagesOf(layouts) : [];
        layouts = missingEnd.Count > 0 ? LostEnd.Without(layouts) : layouts;
        CloseMark? mark = missingEnd.Count > 0 && options.Sequence is null ? new CloseMark(layouts[^1].Header.LogId, layouts[^1].Header.Number, layouts[^1].Length) : null;
        var patches = new List<SegmentPatch>();
        var damages = new List<DamagedRange>();
        for (int index = 0; index < layouts.Count; index++)
        {
            SegmentLayout layout = layouts[index];
            if (layout.IsDamaged && IsWanted(layout, options.Sequence))
            {
                SegmentHeader? next = index + 1 < layouts.Count ? layouts[index + 1].Header : null;
                patches.Add(Patch(layout, next, options));
                damages.AddRange(DamageList.Of(layout));
            }
        }

        long unfinished = layouts.Count > 0 ? layouts[^1].UnfinishedBytes : 0;
        return (patches, mark, new LogRepairPlan(damages, [.. patches.Select(patch => patch.Header.Number)], unfinished) { MissingEnd = missingEnd });
    }

    private static bool IsWanted(SegmentLayout layout, ulong? sequence) =>
        sequence is not { } wanted || layout.Holes.Any(hole => hole.FirstSequence <= wanted && wanted < hole.NextSequence);

    private static SegmentPatch Patch(SegmentLayout layout, SegmentHeader? next, LogRepairOptions options)
    {
        SegmentScan scan = layout.Examined.Scan;
        var gaps = new List<(long Offset, GapHeader Gap)>();
        foreach (RecordHole hole in layout.Holes)
        {
            if (hole.Length < GapHeader.Size || hole.Length % GapHeader.Alignment != 0)
            {
                throw new LogRepairException(
                    layout.Examined.Probe.Path,
                    string.Create(CultureInfo.InvariantCulture, $"the {hole.Lost} records from sequence {hole.FirstSequence} on are missing between records that stand next to each other at byte {hole.From}: nothing could have damaged the file like that. Restore it from a copy."));
            }

            gaps.Add((hole.From, new GapHeader(hole.Length, hole.FirstSequence, Math.Max(hole.FirstSequence, hole.NextSequence), Bound(hole, next, options), hole.IsMinimum)));
        }

        // Gaps of earlier repairs are counted anew: the header that knew them may be the one that is lost.
        SegmentHeader header = layout.Header with
        {
            GapCount = (uint)(gaps.Count + scan.Gaps.Count),
            LostSequences = gaps.Concat(scan.Gaps).Aggregate(0UL, (sum, gap) => sum + gap.Gap.LostSequences),
        };
        return new SegmentPatch(layout.Examined.Probe.Path, layout.Examined.Probe.Exists, layout.Examined.Probe.FileLength, header, layout.Length, gaps, scan.DirtyPaddings);
    }

    private static ulong Bound(RecordHole hole, SegmentHeader? next, LogRepairOptions options) =>
        options.CommitTsAscends && hole.CommitTsAfter != 0 ? hole.CommitTsAfter
        : next is { } header ? header.BaseCommitTs
        : ulong.MaxValue;
}
