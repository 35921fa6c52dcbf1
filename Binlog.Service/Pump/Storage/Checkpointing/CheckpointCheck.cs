using Binlog.RelayLog;

namespace Binlog.Service.Pump.Storage.Checkpointing;

/// <summary>Compares a checkpoint with the log that it is of.</summary>
internal static class CheckpointCheck
{
    /// <summary>Why the checkpoint can't be used with this log and layout; null when it can.</summary>
    public static string? FindProblem(StoreCheckpoint checkpoint, SegmentedLog log, PumpStoreOptions options)
    {
        if (checkpoint.LogId != log.LogId)
        {
            return $"the checkpoint is of log {checkpoint.LogId}, and this is log {log.LogId}";
        }

        if (checkpoint.Blocks < 0 || checkpoint.Unfinished.Count >= options.Layout.BlockEntries)
        {
            return $"the checkpoint has {checkpoint.Unfinished.Count} entries of block {checkpoint.Blocks}, expected fewer than {options.Layout.BlockEntries}";
        }

        if (SegmentGaps.Of(log).Except(checkpoint.Gaps).FirstOrDefault() is { Segment: > 0 } repaired)
        {
            return $"a repair took binlogs out of segment {repaired.Segment} since the checkpoint";
        }

        try
        {
            if (log.FindAt(checkpoint.LastRecord) is not { } record)
            {
                return $"the log ends at {log.FlushedEnd}, before record {checkpoint.Sequence} at {checkpoint.LastRecord} of the checkpoint";
            }

            bool isSame = (record.Sequence, record.Tag, record.End) == (checkpoint.Sequence, checkpoint.Tag, checkpoint.End);
            return isSame ? null : $"the log has record {record.Sequence} ({record.Tag}) at {checkpoint.LastRecord}, and the checkpoint record {checkpoint.Sequence} ({checkpoint.Tag})";
        }
        catch (RelayLogException exception)
        {
            return $"the log's record at {checkpoint.LastRecord} can't be read: {exception.Message}";
        }
    }
}
