namespace Binlog.RelayLog.Reading;

/// <summary>Decides which segments retention removes. Pure.</summary>
internal static class RetentionSelection
{
    /// <param name="segments">All segments, oldest first.</param>
    /// <param name="policy">What may go.</param>
    /// <param name="now">For the age of segments.</param>
    /// <returns>A prefix of <paramref name="segments"/>.</returns>
    public static IReadOnlyList<Segment> Select(IReadOnlyList<Segment> segments, RetentionPolicy policy, DateTimeOffset now)
    {
        bool byLimit = policy.MaxBytes is not null || policy.MaxAge is not null;
        if (!byLimit && policy.KeepFrom is null)
        {
            return [];
        }

        var removed = new List<Segment>();
        long total = segments.Sum(s => s.Length);
        for (int i = 0; i < segments.Count - 1; i++)
        {
            Segment segment = segments[i];
            if (IsFenced(segment, policy.KeepFrom))
            {
                break;
            }

            bool tooBig = total > policy.MaxBytes;
            bool tooOld = now - segments[i + 1].Header.CreatedUtc > policy.MaxAge;
            if (byLimit && !tooBig && !tooOld)
            {
                break;
            }

            removed.Add(segment);
            total -= segment.Length;
        }

        return removed;
    }

    /// <summary>A position at a segment's very end needs nothing of that segment.</summary>
    private static bool IsFenced(Segment segment, LogPosition? keepFrom) =>
        keepFrom is { } fence
        && (segment.Number > fence.Segment || (segment.Number == fence.Segment && fence.Offset < segment.Length));
}
