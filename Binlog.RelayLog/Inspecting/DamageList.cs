using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Inspecting;

/// <summary>Tells the damage of a segment.</summary>
internal static class DamageList
{
    /// <summary>All of it, by place.</summary>
    public static IReadOnlyList<DamagedRange> Of(SegmentLayout layout)
    {
        var damages = new List<DamagedRange>();
        SegmentProbe probe = layout.Examined.Probe;
        if (layout.Problem is { } problem)
        {
            damages.Add(OfHeader(probe, problem));
        }

        foreach (RecordHole hole in layout.Holes)
        {
            damages.Add(new DamagedRange
            {
                Kind = DamageKind.Records,
                Segment = probe.Number,
                File = probe.Path,
                From = hole.From,
                To = hole.To,
                FirstSequence = hole.FirstSequence,
                LostRecords = hole.Lost,
                IsMinimum = hole.IsMinimum,
                CommitTsBefore = hole.CommitTsBefore,
                CommitTsAfter = hole.CommitTsAfter,
                Expected = hole.Expected,
                Found = hole.Found,
            });
        }

        foreach ((long from, long to) in layout.Examined.Scan.DirtyPaddings)
        {
            damages.Add(new DamagedRange
            {
                Kind = DamageKind.Padding,
                Segment = probe.Number,
                File = probe.Path,
                From = from,
                To = to,
                Expected = "zeros behind the record",
                Found = "other bytes; the record itself is intact",
            });
        }

        return damages;
    }

    /// <summary>That of a file or header.</summary>
    public static DamagedRange OfHeader(SegmentProbe probe, CorruptLogException problem) => new()
    {
        Kind = probe.Exists ? DamageKind.Header : DamageKind.MissingSegment,
        Segment = probe.Number,
        File = probe.Path,
        From = 0,
        To = probe.Exists ? SegmentHeader.Size : 0,
        Expected = problem.Expected,
        Found = problem.Found,
    };
}
