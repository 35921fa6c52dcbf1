using System.Globalization;
using Binlog.RelayLog.Format;

namespace Binlog.RelayLog.Recovery;

/// <summary>Up to where a log is known to have been flushed, by its clean-close mark or by what the caller knows.</summary>
internal static class FlushedEnd
{
    private const string CleanClose = "the last clean close";

    /// <summary>The furthest known end of a log, the caller's of two that are the same; null when nothing tells.</summary>
    /// <param name="logId">The log; null is any.</param>
    /// <param name="mark">Its clean-close mark, if there is one.</param>
    /// <param name="known">What the caller knows.</param>
    public static KnownEnd? Of(Guid? logId, CloseMark? mark, KnownEnd? known)
    {
        KnownEnd? closed = mark is { } close ? new KnownEnd(close.LogId, new LogPosition(close.Segment, close.End), 0, CleanClose) : null;
        return new[] { known, closed }.Where(end => end is not null && (logId is null || end.LogId == logId)).MaxBy(end => end!.End);
    }

    /// <summary>The byte in a segment up to which it had been flushed; 0 when nothing is known about that segment.</summary>
    public static long In(ulong segment, KnownEnd? known) => known?.End.Segment == segment ? known.End.Offset : 0;

    /// <summary>What should be there, for a message about a log that ends before.</summary>
    public static string Describe(KnownEnd known) => string.Create(
        CultureInfo.InvariantCulture,
        $"acknowledged records up to byte {known.End.Offset} of segment {known.End.Segment}{(known.NextSequence > 0 ? $" (sequence {known.NextSequence - 1})" : "")}, as {known.Source} says");
}
