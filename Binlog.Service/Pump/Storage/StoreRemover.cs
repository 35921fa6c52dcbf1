using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage.Indexing;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

/// <summary>Removes old binlogs: whole segments of the log that nothing above a commit TS needs, and what of the index is about them. Thread-safe.</summary>
/// <remarks>
/// Order, so that a crash anywhere leaves a valid store: the limit and what the order stands at are flushed to the log; the sorter
/// passes them and a checkpoint is written; pulls from below are refused; segments are deleted, the oldest first; index files last.
/// </remarks>
internal sealed partial class StoreRemover(SegmentedLog log, CommittedIndex index, LogSorter sorting, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Removes what nothing above <paramref name="commitTs"/> needs.</summary>
    /// <exception cref="RemovalRefusedException">Ordering has stopped.</exception>
    /// <exception cref="RelayLogException">The limit could not be made durable, or a file not be deleted.</exception>
    public async Task<StoreRemoval> RemoveUpToAsync(ulong commitTs, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // A commit that waits for its prewrite may be below what is announced; a removal above it would give it up.
            ulong most = Math.Min(sorting.Progress.MaxCommitTs, sorting.Look(sorter => sorter.EarlyCommits.Limit));
            ulong limit = Math.Max(index.RemovedUpTo, Math.Min(commitTs, most));
            ulong needed = FirstNeededSegment(limit);
            return needed <= log.Start.Segment ? new StoreRemoval(0, 0, index.RemovedUpTo) : await RemoveAsync(limit, needed, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The commit TS up to which must be removed so that about <paramref name="keepBytes"/> remain; null when nothing needs to go.</summary>
    public ulong? FindCommitTsForBytes(long keepBytes)
    {
        IReadOnlyList<SegmentInfo> segments = log.Segments;
        long logBytes = segments.Sum(segment => segment.Bytes);

        // With a segment goes about its share of the index.
        double share = 1 + ((double)index.Bytes / logBytes);
        double excess = (logBytes * share) - keepBytes;
        ulong last = 0;
        foreach (SegmentInfo segment in segments.SkipLast(1).TakeWhile(_ => excess > 0))
        {
            excess -= segment.Bytes * share;
            last = segment.Number;
        }

        return last == 0 ? null : Math.Max(index.RemovedUpTo, index.FindLastCommitTsIn(last));
    }

    /// <summary>
    /// The first segment that is needed but is not there any more, so that somebody else must have removed it; null when there is none, or when
    /// the index can't be read: whoever needs it next says so.
    /// </summary>
    public ulong? FindMissingSegment()
    {
        try
        {
            ulong needed = FirstNeededSegment(index.RemovedUpTo);
            return needed < log.Start.Segment ? needed : null;
        }
        catch (Exception exception) when (exception is IndexReadException or IndexDamagedException)
        {
            return null;
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<StoreRemoval> RemoveAsync(ulong limit, ulong needed, CancellationToken cancellationToken)
    {
        if (sorting.Fault is { } fault)
        {
            throw new RemovalRefusedException($"ordering has stopped ({fault.Message})");
        }

        OrderSnapshot snapshot = sorting.TakeSnapshot(limit);
        var tag = new RecordTag((ushort)PumpRecordKind.Retention, 0, limit);
        LogPosition position = await log.AppendAsync(tag, RetentionPayload.Write(snapshot), cancellationToken);
        await sorting.WaitForSnapshotAsync(position, cancellationToken);

        // The checkpoint on disk must not refer to what is gone; when none could be written now, an older one keeps its segment.
        bool isKnown = sorting.Checkpointed is { } written && written >= position;
        ulong fence = sorting.Checkpointed is { } checkpointed ? Math.Min(needed, checkpointed.Segment) : needed;
        long indexBytes = index.Bytes;
        index.AnnounceRemoval(limit);
        RetentionResult result = await log.ApplyRetentionAsync(new RetentionPolicy { KeepFrom = new LogPosition(fence, 0) }, cancellationToken);
        if (isKnown)
        {
            index.RemoveUpTo(limit);
        }

        LogRemoved(result.SegmentsRemoved, result.BytesRemoved, limit);
        return new StoreRemoval(result.SegmentsRemoved, result.BytesRemoved + indexBytes - index.Bytes, index.RemovedUpTo);
    }

    /// <summary>The first segment that something above the limit needs, or what isn't in order yet, or the sorter.</summary>
    private ulong FirstNeededSegment(ulong limit)
    {
        // In this order nothing is overlooked: what is sorted meanwhile is after the end that was looked at, and what the sorter
        // hands on is found in the index.
        ulong first = sorting.SortedEnd.Segment;
        first = Math.Min(first, sorting.Look(sorter => Math.Min(
            Math.Min(sorter.Pending.SmallestSegment, SmallestSegment(sorter.Order.InOrder().Select(prewrite => prewrite.Position))),
            SmallestSegment(sorter.EarlyCommits.InOrder().Where(commit => commit.CommitTs > limit).Select(commit => commit.Position)))));
        return Math.Min(first, index.SmallestSegmentAbove(limit));
    }

    private static ulong SmallestSegment(IEnumerable<LogPosition> positions) =>
        positions.Select(position => position.Segment).DefaultIfEmpty(ulong.MaxValue).Min();

    [LoggerMessage(EventIds.PumpBinlogsRemoved, LogLevel.Information, "Removed {Segments} segments ({Bytes} bytes) of old binlogs; binlogs up to commit TS {CommitTs} can't be pulled any more.")]
    private partial void LogRemoved(int segments, long bytes, ulong commitTs);
}
