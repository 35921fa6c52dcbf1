using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>Writes checkpoints now and then, so that a start has little to sort again. Used by the sorting task only.</summary>
/// <remarks>The blocks that a checkpoint refers to are on stable storage before it is.</remarks>
internal sealed class Checkpointer(CheckpointFile file, PumpStoreOptions options, SegmentedLog log, CommittedIndex index, CommitSorter sorter)
{
    // Only a repair makes gaps, and it needs the log closed.
    private readonly SegmentGaps[] _gaps = SegmentGaps.Of(log);
    private readonly Lock _gate = new();
    private LogPosition? _written;
    private LogRecord _last;
    private long _records;
    private long _bytes;
    private bool _isDemanded;

    /// <summary>The position of the last record that the checkpoint on disk knows; null when there is none. Any thread.</summary>
    public LogPosition? Written
    {
        get
        {
            lock (_gate)
            {
                return _written;
            }
        }

        private set
        {
            lock (_gate)
            {
                _written = value;
            }
        }
    }

    /// <summary>Whether it is time for a checkpoint. A sorter with much to remember is written less often.</summary>
    public bool IsDue => _isDemanded || _records >= options.CheckpointRecords + (4 * sorter.Pending.Count) || _bytes >= options.CheckpointBytes;

    /// <summary>A store was opened with a checkpoint.</summary>
    public void Begin(LogPosition lastRecord) => Written = lastRecord;

    /// <summary>A record has been sorted.</summary>
    public void Count(in LogRecord record)
    {
        // The payload belongs to the reader.
        _last = record with { Payload = default };
        _records++;
        _bytes += record.End.Offset - record.Position.Offset;
    }

    /// <summary>The next moment is the time for a checkpoint.</summary>
    public void Demand() => _isDemanded = true;

    /// <summary>Writes a checkpoint when anything was sorted since the last one. The caller sees to it that the sorter is at rest.</summary>
    /// <returns>Null, or why it could not be written: the one before stays, and another attempt comes later.</returns>
    public Exception? TryWrite()
    {
        bool isNew = _records > 0;
        (_records, _bytes, _isDemanded) = (0, 0, false);
        if (!isNew || sorter.Pending.ArePutAway)
        {
            return null;
        }

        try
        {
            index.Flush();
            file.Write(new StoreCheckpoint
            {
                LogId = log.LogId,
                LastRecord = _last.Position,
                End = _last.End,
                Sequence = _last.Sequence,
                Tag = _last.Tag,
                Gaps = _gaps,
                Blocks = index.Unfinished.Number,
                Unfinished = index.Unfinished.Entries.ToArray(),
                Sorter = sorter.Save(),
            });
            Written = _last.Position;
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception;
        }
    }
}
