namespace Binlog.RelayLog.Inspecting;

/// <summary>
/// Tells of one segment after the other, oldest first, what it is and what of it is damaged: the same as reading the whole log does, but no
/// more is read than that segment, and those after it as long as their headers are damaged. Not thread-safe.
/// </summary>
internal sealed class LogSurvey(SegmentedLogOptions options, ProbedLog log)
{
    private readonly ExaminedSegment?[] _examined = new ExaminedSegment?[log.Segments.Count];
    private ulong _expected;

    /// <summary>What a segment is, after the one that was asked for before, or the first; null when its file is gone.</summary>
    public SegmentLayout? Describe(int index, CancellationToken cancellationToken)
    {
        ExaminedSegment? segment = Examine(index, cancellationToken);
        if (segment is null)
        {
            return null;
        }

        // Where it ends tells the header of the next one; when that is gone, what the next one holds, which may depend on the one behind it.
        List<ExaminedSegment> window = [segment];
        for (int next = index + 1; next < _examined.Length && window.Count < 3 && (window.Count == 1 || window[^1].Header is null); next++)
        {
            window.Add(_examined[next] ?? HeaderOnly(next));
        }

        _examined[index] = null;
        SegmentLayout layout = LogLayout.OfFirst(new ExaminedLog(window, log.Identity, log.Flushed), _expected);
        _expected = LogLayout.NextSequenceOf(layout);
        return layout;
    }

    private ExaminedSegment? Examine(int index, CancellationToken cancellationToken)
    {
        if (_examined[index] is { } done)
        {
            return done;
        }

        int end = index + 1;
        while (end < _examined.Length && HeaderOnly(end).Header is null)
        {
            end++;
        }

        ExaminedSegment? next = end < _examined.Length ? HeaderOnly(end) : null;
        for (int current = end - 1; current >= index; current--)
        {
            next = LogExaminer.Examine(options, log, current, next, null, cancellationToken);
            if (next is null)
            {
                return null;
            }

            _examined[current] = next;
        }

        return next;
    }

    private ExaminedSegment HeaderOnly(int index) => new(log.Segments[index], 0, 0, new SegmentScan());
}
