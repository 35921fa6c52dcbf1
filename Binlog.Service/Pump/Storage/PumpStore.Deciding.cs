using System.Collections.Concurrent;
using Binlog.RelayLog;
using Binlog.Service.Hosting;
using Binlog.Service.Pump.Deciding;
using Binlog.Service.Pump.Reading;
using Binlog.Service.Pump.Sorting;
using Binlog.TiDB.Records;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Pump.Storage;

internal sealed partial class PumpStore : IUndecidedStore
{
    /// <summary>The commit TS by start TS of the commits that were given up: whoever repeats that before it takes effect loses nothing more.</summary>
    private readonly ConcurrentDictionary<ulong, ulong> _givenUp = new();

    /// <summary>Number of prewrites whose outcome is not known.</summary>
    public int UndecidedCount => _sorting.UndecidedCount;

    /// <summary>Number of committed transactions that the order has not reached.</summary>
    public long WaitingCount => _sorting.Look(sorter => sorter.Pending.Count);

    /// <inheritdoc />
    public TransactionFate? FindFate(ulong startTs) => _inquiry.FindFate(startTs);

    /// <inheritdoc />
    public bool HasSorted(LogPosition position) => _sorting.SortedEnd > position;

    /// <summary>Reads the primary key that a transaction's prewrite names.</summary>
    /// <exception cref="RelayLogException">The prewrite can't be read.</exception>
    public byte[] ReadPrewriteKey(UndecidedTransaction transaction)
    {
        byte[] envelope = BinlogEnvelope.Read(Open(transaction.Prewrite));
        return BinlogHeader.Parse(envelope).PrewriteKey.Of(envelope).ToArray();
    }

    /// <summary>
    /// Stores the outcome of an undecided transaction, and before it who said so and why; returns when both are flushed. A rollback
    /// also gives up a commit that waits for its prewrite. See <see cref="IUndecidedStore.DecideAsync"/>.
    /// </summary>
    /// <exception cref="NotUndecidedException">The transaction isn't undecided here.</exception>
    /// <exception cref="CommitTooLateException">Drainers have been told that everything up to the commit TS is complete.</exception>
    /// <exception cref="CommitTsTakenException">Another transaction has the commit TS.</exception>
    /// <exception cref="DecisionTooLateException">The commit TS can't be right.</exception>
    /// <exception cref="RelayLogException">It could not be made durable.</exception>
    public async ValueTask<LogPosition> DecideAsync(TransactionDecision decision, ReadOnlyMemory<byte>? prewriteKey, CancellationToken cancellationToken)
    {
        (UndecidedPrewrite prewrite, ulong commitTsBefore, ulong givenUpCommitTs) = _sorting.Look<(UndecidedPrewrite, ulong, ulong)>(sorter => sorter.Order.TryGet(decision.StartTs, out UndecidedPrewrite found)
            ? (found, sorter.Order.CommitTsBefore(decision.StartTs), 0)
            : (default, 0, sorter.EarlyCommits.TryGet(decision.StartTs, out Arrival commit) ? commit.CommitTs : 0));
        if (prewrite == default && (givenUpCommitTs == 0 || decision.CommitTs is not null))
        {
            throw new NotUndecidedException(decision.StartTs, _inquiry.Describe(decision.StartTs));
        }

        if (decision.CommitTs is { } wanted && FindOwner(wanted) is { } owner && owner != decision.StartTs)
        {
            throw new CommitTsTakenException(decision.StartTs, wanted, owner);
        }

        if (decision.CommitTs is { } commitTs && !_index.Contains(commitTs, decision.StartTs))
        {
            CheckDecision(decision.StartTs, commitTs, commitTsBefore);
        }

        var note = new PendingRecord(new RecordTag((ushort)PumpRecordKind.Note, decision.StartTs, 0), DecisionNote.Write(decision));
        PendingRecord outcome = decision.CommitTs is { } at
            ? new PendingRecord(new RecordTag((ushort)PumpRecordKind.Commit, decision.StartTs, at), BinlogPayloads.Commit(decision.StartTs, at, (prewriteKey ?? ReadPrewriteKey(new UndecidedTransaction(decision.StartTs, prewrite.Position))).Span))
            : new PendingRecord(new RecordTag((ushort)PumpRecordKind.Rollback, decision.StartTs, givenUpCommitTs), BinlogPayloads.Rollback(decision.StartTs));
        LogPosition position = await _log.AppendBatchAsync([note, outcome], cancellationToken);
        if (givenUpCommitTs > 0 && _givenUp.TryAdd(decision.StartTs, givenUpCommitTs))
        {
            Interlocked.Increment(ref _lostBinlogs);
        }

        LogDecided(decision.StartTs, decision.CommitTs is { } committed ? $"committed at {committed}" : "rolled back", decision.By, decision.Reason);
        return position;
    }

    /// <remarks>What arrived before the prewrite may be announced at any moment, so the commit TS must be above that too.</remarks>
    private void CheckDecision(ulong startTs, ulong commitTs, ulong commitTsBefore)
    {
        if (commitTs <= MaxCommitTs)
        {
            throw new CommitTooLateException(startTs, commitTs, MaxCommitTs);
        }

        if (commitTs <= startTs || commitTs <= commitTsBefore)
        {
            throw new DecisionTooLateException(startTs, commitTs, commitTsBefore);
        }
    }

    [LoggerMessage(EventIds.PumpTransactionDecided, LogLevel.Information, "A decision about the transaction of start TS {StartTs} was stored: {Outcome}, says {By}: {Reason}")]
    private partial void LogDecided(ulong startTs, string outcome, string by, string reason);
}
