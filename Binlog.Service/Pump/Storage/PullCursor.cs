using System.Buffers;
using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Storage;

/// <summary>Reads a Pump's committed transactions in commit-TS order. Not thread-safe; a puller has its own.</summary>
internal sealed class PullCursor
{
    private readonly PumpStore _store;
    private readonly SegmentedLog _log;
    private readonly IndexCursor _index;

    internal PullCursor(PumpStore store, SegmentedLog log, IndexCursor index)
    {
        _store = store;
        _log = log;
        _index = index;
    }

    /// <summary>The store's max commit TS: what may be read up to now.</summary>
    public ulong MaxCommitTs => _store.MaxCommitTs;

    /// <summary>Whether <see cref="TryRead"/> would find something now.</summary>
    public bool HasNext(ulong maxCommitTs) => _index.TryPeek(maxCommitTs, out _);

    /// <summary>
    /// Writes the next committed transaction at or below <paramref name="maxCommitTs"/> as one binlog: the commit, with the
    /// prewrite's value and DDL fields filled in.
    /// </summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="RelayLogException">A record is damaged or gone.</exception>
    public bool TryRead(ulong maxCommitTs, IBufferWriter<byte> writer, out ulong startTs, out ulong commitTs)
    {
        if (!_index.TryPeek(maxCommitTs, out CommittedTransaction transaction))
        {
            startTs = commitTs = 0;
            return false;
        }

        startTs = transaction.StartTs;
        commitTs = transaction.CommitTs;
        using (RecordBuffer prewrite = Read(transaction.Prewrite))
        using (RecordBuffer commit = Read(transaction.Commit))
        {
            BinlogWriter.WriteJoined(writer, prewrite.Payload.Span, commit.Payload.Span);
        }

        _index.Advance();
        return true;
    }

    /// <summary>Completes when the store's max commit TS is above <paramref name="commitTs"/>.</summary>
    public ValueTask WaitForAdvanceAsync(ulong commitTs, CancellationToken cancellationToken) => _store.WaitForAdvanceAsync(commitTs, cancellationToken);

    private RecordBuffer Read(LogPosition position) => _log.ReadAt(position, out RecordBuffer? record)
        ? record
        : throw new InvalidOperationException($"The record at {position} is in the index, but not flushed.");
}
