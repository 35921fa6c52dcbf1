using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage;

/// <summary>Finds in a log whose beginning is gone how far it was removed.</summary>
internal static class RetentionSearch
{
    /// <summary>The limit of the last retention record. It is near the end, so the log is searched segment by segment from there.</summary>
    /// <remarks>Without such a record somebody has deleted files: then the log's own bound says what may be gone.</remarks>
    public static ulong FindLimit(SegmentedLog log, CancellationToken cancellationToken)
    {
        foreach (SegmentInfo segment in log.Segments.Reverse())
        {
            ulong limit = 0;
            using LogReader reader = log.OpenReader(new LogPosition(segment.Number, 0));
            reader.IsPayloadNeedless = static _ => true;
            while (reader.TryRead(out LogRecord record) && record.Position.Segment == segment.Number)
            {
                cancellationToken.ThrowIfCancellationRequested();
                limit = record.Tag.Kind == (ushort)PumpRecordKind.Retention ? Math.Max(limit, record.Tag.CommitTs) : limit;
            }

            if (limit > 0)
            {
                return limit;
            }
        }

        return log.BaseCommitTs;
    }
}
