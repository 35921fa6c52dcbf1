namespace Binlog.RelayLog.Inspecting;

/// <summary>Tells what is missing at a log's end from damage that something intact follows. Pure.</summary>
internal static class LostEnd
{
    /// <summary>End of the last intact record, of what is left of the log.</summary>
    public static LogPosition Begin(IReadOnlyList<SegmentLayout> layouts) =>
        layouts.LastOrDefault(layout => layout.Examined.Probe.Exists) is { } last ? new LogPosition(last.Header.Number, last.Examined.Scan.End) : default;

    /// <summary>The damage from there on; empty when nothing is missing.</summary>
    public static IReadOnlyList<DamagedRange> DamagesOf(IReadOnlyList<SegmentLayout> layouts)
    {
        LogPosition begin = Begin(layouts);
        return [.. layouts.SelectMany(DamageList.Of).Where(damage => new LogPosition(damage.Segment, damage.From) >= begin)];
    }

    /// <summary>The segments of a log that ends there: what else is damaged still is.</summary>
    public static IReadOnlyList<SegmentLayout> Without(IReadOnlyList<SegmentLayout> layouts)
    {
        LogPosition begin = Begin(layouts);
        return
        [
            .. layouts.Where(layout => layout.Header.Number < begin.Segment),
            .. layouts.Where(layout => layout.Header.Number == begin.Segment)
                .Select(layout => layout with { Length = begin.Offset, Holes = [.. layout.Holes.Where(hole => hole.From < begin.Offset)], UnfinishedBytes = 0 }),
        ];
    }
}
