using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;

namespace Binlog.Service.Drainer.Applying;

/// <summary>Whole upstream transactions, in commit order, that share one downstream transaction. Reused. Not thread-safe.</summary>
internal sealed class ApplyGroup
{
    /// <summary>The rows.</summary>
    public ChangeBatch Batch { get; } = new();

    /// <summary>What the target holds once the group is applied.</summary>
    public Checkpoint Checkpoint { get; private set; } = new(0, 0);

    /// <summary>Where the relay log goes on after the group.</summary>
    public LogPosition End { get; private set; }

    /// <summary>Number of the last record in the relay log.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Upstream transactions in the group, those without rows for the target included.</summary>
    public int Transactions { get; private set; }

    /// <summary>What the target may hold of it already. To be set before it is applied.</summary>
    public Repetition Repetition { get; set; }

    /// <summary>Whether there is nothing in it, not even a point in time.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Adds a record whose rows are already in the batch.</summary>
    public void Add(in LogRecord record, long schemaVersion, bool isTransaction)
    {
        Checkpoint = new Checkpoint(record.Tag.CommitTs, schemaVersion);
        End = record.End;
        LastSequence = record.Sequence;
        Transactions += isTransaction ? 1 : 0;
        IsEmpty = false;
    }

    /// <summary>Whether no further transaction should join.</summary>
    public bool IsFull(ApplyLimits limits) =>
        Transactions >= limits.Transactions || Batch.Rows.Length >= limits.Rows || Batch.SourceBytes >= limits.Bytes;

    /// <summary>Whether it is worth a downstream transaction: always when it holds a transaction, else only when one is due.</summary>
    public bool IsWorthApplying(bool isCheckpointDue) => Transactions > 0 || (!IsEmpty && isCheckpointDue);

    /// <summary>Empties the group; its memory is kept.</summary>
    public void Clear()
    {
        Batch.Clear();
        Transactions = 0;
        IsEmpty = true;
    }
}
