using System.Globalization;

namespace Binlog.RelayLog;

/// <summary>Where a record begins: the segment's number and the byte offset of the record's header within that segment's file.</summary>
/// <param name="Segment">Segment number, counted from 1. 0 stands for the start of the log.</param>
/// <param name="Offset">Bytes from the start of the segment file. 0 stands for the segment's first record.</param>
/// <remarks><c>default</c> is the start of the log and sorts before every other position.</remarks>
public readonly record struct LogPosition(ulong Segment, long Offset) : IComparable<LogPosition>
{
    public int CompareTo(LogPosition other)
    {
        int bySegment = Segment.CompareTo(other.Segment);
        return bySegment != 0 ? bySegment : Offset.CompareTo(other.Offset);
    }

    public static bool operator <(LogPosition left, LogPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(LogPosition left, LogPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(LogPosition left, LogPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LogPosition left, LogPosition right) => left.CompareTo(right) >= 0;

    /// <summary>"segment:offset", both decimal.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment}:{Offset}");
}
