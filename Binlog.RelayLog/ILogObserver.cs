namespace Binlog.RelayLog;

/// <summary>
/// Is told how long a log's writing takes. Called by the thread that writes, one call at a time, after the appenders have been told;
/// must not throw, and whatever it takes delays the next group.
/// </summary>
public interface ILogObserver
{
    /// <summary>A group of appends was made durable.</summary>
    /// <param name="records">Number of records.</param>
    /// <param name="bytes">Bytes that they take in the segment.</param>
    /// <param name="writing">How long encoding them and handing them to the operating system took.</param>
    /// <param name="flushing">How long the flush took.</param>
    void GroupFlushed(int records, long bytes, TimeSpan writing, TimeSpan flushing);

    /// <summary>A new segment was begun.</summary>
    /// <param name="duration">How long creating and flushing it took.</param>
    void SegmentBegun(TimeSpan duration);

    /// <summary>A group could not be written or flushed; its appends have failed.</summary>
    void GroupFailed(Exception cause);
}
