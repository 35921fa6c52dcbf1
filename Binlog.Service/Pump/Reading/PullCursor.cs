using System.Buffers;
using Binlog.RelayLog;
using Binlog.Service.Pump.Sorting;
using Binlog.Service.Pump.Storage;
using Binlog.TiDB.Records;

namespace Binlog.Service.Pump.Reading;

/// <summary>Reads a Pump's committed transactions in commit-TS order. Not thread-safe; a puller has its own.</summary>
internal sealed class PullCursor : IDisposable
{
    private readonly PumpStore _store;
    private readonly IndexCursor _index;
    private readonly RecordWindow _window;

    internal PullCursor(PumpStore store, SegmentedLog log, IndexCursor index)
    {
        _store = store;
        _index = index;
        _window = log.OpenWindow();
    }

    /// <summary>The store's max commit TS: what may be read up to now.</summary>
    public ulong MaxCommitTs => _store.MaxCommitTs;

    /// <summary>Reads the next transaction at or below <paramref name="maxCommitTs"/>, without going past it.</summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="RelayLogException">A record is damaged or can't be read.</exception>
    /// <exception cref="CommitTsRemovedException">Retention has overtaken the cursor.</exception>
    /// <exception cref="IndexMismatchException">A record is not the one that the index says.</exception>
    public bool TryRead(ulong maxCommitTs, out PulledTransaction transaction)
    {
        if (!_index.TryPeek(maxCommitTs, out CommittedTransaction next))
        {
            transaction = default;
            return false;
        }

        (WindowedRecord commit, WindowedRecord prewrite) = Read(next);
        IndexMismatchException.ThrowIfNot(next, PumpRecordKind.Commit, next.Commit, commit.Tag);
        IndexMismatchException.ThrowIfNot(next, PumpRecordKind.Prewrite, next.Prewrite, prewrite.Tag);
        transaction = new PulledTransaction(next.StartTs, next.CommitTs, prewrite, commit);
        return true;
    }

    /// <summary>Why a transaction that is in the index is gone from the log: what its reader is told, or null when retention has not passed it.</summary>
    public CommitTsRemovedException? FindRemoval(ulong commitTs) =>
        commitTs <= _store.OldestCommitTs ? new CommitTsRemovedException(commitTs - 1, _store.OldestCommitTs) : null;

    /// <summary>Goes past the transaction that was read.</summary>
    public void Advance() => _index.Advance();

    /// <summary>
    /// Writes the next committed transaction at or below <paramref name="maxCommitTs"/> as one binlog: the commit, with the
    /// prewrite's value and DDL fields filled in. Goes past it.
    /// </summary>
    /// <returns>False when there is none.</returns>
    /// <exception cref="RelayLogException">A record is damaged or gone.</exception>
    public bool TryRead(ulong maxCommitTs, IBufferWriter<byte> writer, out ulong startTs, out ulong commitTs)
    {
        bool isFound = TryRead(maxCommitTs, out PulledTransaction transaction);
        (startTs, commitTs) = (transaction.StartTs, transaction.CommitTs);
        if (!isFound)
        {
            return false;
        }

        if (transaction.IsLarge)
        {
            using var pieces = new JoinedPieces(transaction);
            while (pieces.TryNext(out ReadOnlyMemory<byte> run))
            {
                writer.Write(run.Span);
            }
        }
        else
        {
            BinlogWriter.WriteJoined(writer, transaction.Prewrite.Payload.Span, transaction.Commit.Payload.Span);
        }

        Advance();
        return true;
    }

    /// <summary>Completes when the store's max commit TS is above <paramref name="commitTs"/>.</summary>
    public ValueTask WaitForAdvanceAsync(ulong commitTs, CancellationToken cancellationToken) => _store.WaitForAdvanceAsync(commitTs, cancellationToken);

    /// <summary>Gives memory back while there is nothing to read. What was read is no longer valid.</summary>
    public void Rest() => _window.Release();

    /// <inheritdoc />
    public void Dispose() => _window.Dispose();

    private (WindowedRecord Commit, WindowedRecord Prewrite) Read(in CommittedTransaction transaction)
    {
        ulong commitTs = transaction.CommitTs;
        try
        {
            return (_window.Read(transaction.Commit, keep: true), _window.Read(transaction.Prewrite, keep: false));
        }
        catch (RetentionGapException) when (FindRemoval(commitTs) is { } removal)
        {
            throw removal;
        }
    }
}
