using Binlog.RelayLog.Files;
using Binlog.RelayLog.Format;
using Binlog.RelayLog.Reading;

namespace Binlog.RelayLog.Recovery;

/// <summary>Reads every record of a segment.</summary>
internal static class TailScanner
{
    /// <param name="options">The log's options.</param>
    /// <param name="segment">The segment to scan.</param>
    /// <param name="length">Bytes to scan: the file's length for the last segment, the valid length for others.</param>
    /// <param name="flushedEnd">Up to where the segment is known to have been flushed; 0 when unknown.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public static TailScan Scan(SegmentedLogOptions options, Segment segment, long length, long flushedEnd, CancellationToken cancellationToken)
    {
        SegmentHeader header = segment.Header;
        ILogFile file = options.FileSystem.OpenRead(segment.Path);
        using var cursor = new RecordCursor(
            file, segment.Path, segment.RecordSeed, options.MaxRecordBytes, SegmentHeader.Size, header.FirstSequence)
        {
            Limit = length,
            IsPayloadNeedless = static _ => true,
            AcceptDirtyPadding = true,
        };
        var paddings = new DirtyPaddings();
        RecordTag? lastTag = null;
        ulong highest = header.BaseCommitTs;
        CursorStatus status;
        while ((status = cursor.Read(out RecordHeader record, out _)) is CursorStatus.Record or CursorStatus.Gap)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (status == CursorStatus.Gap)
            {
                paddings.Follow(1, cursor.Gap.FirstSequence);
                cursor.SkipGap();
                continue;
            }

            paddings.Add(record, cursor);
            lastTag = record.Tag;
            highest = Math.Max(highest, record.Tag.CommitTs);
        }

        var findings = new TailFindings(length, cursor.Offset, cursor.NextSequence, null, 0, 0, flushedEnd);
        bool isReserve = status == CursorStatus.Damaged && flushedEnd <= cursor.Offset && ZeroTail.EndOfData(file, cursor.Offset, length) == cursor.Offset;
        if (status == CursorStatus.Damaged && !isReserve)
        {
            var search = new SurvivorSearch(file, segment.RecordSeed, cursor.NextSequence);
            search.Run(cursor.Offset + RecordHeader.Alignment, length, cancellationToken);
            findings = findings with { Damage = cursor.Damage, RecordsAfter = search.Count, LatestGroupStart = search.LatestGroupStart };
            paddings.Follow(search.Count, search.LatestGroupStart);
        }

        // Nothing is lost by such a padding: it is refused where any other damage is, but no record is cut for its sake.
        TailFindings? damaged = paddings.AsDamage(findings);
        bool isRefused = damaged is { } found && TailClassifier.Classify(found) == TailVerdict.Corrupt;
        return new TailScan(isRefused ? damaged!.Value : findings, lastTag, highest, paddings.Ranges);
    }
}
