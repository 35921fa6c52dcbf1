namespace Binlog.Service.Membership;

/// <summary>
/// A moment on both clocks of the machine. The monotonic clock stands still while the machine is suspended, and the wall clock can be
/// set: a time span has surely not passed only while both say so.
/// </summary>
internal readonly record struct ClockReading(long Timestamp, DateTimeOffset UtcNow)
{
    /// <summary>The present moment.</summary>
    public static ClockReading Of(TimeProvider time) => new(time.GetTimestamp(), time.GetUtcNow());

    /// <summary>Whether a time span may have passed since: one clock says so, or the wall clock was set back by as much.</summary>
    public bool MayBeAtLeast(TimeSpan span, TimeProvider time) =>
        time.GetElapsedTime(Timestamp) >= span || (time.GetUtcNow() - UtcNow).Duration() >= span;
}
