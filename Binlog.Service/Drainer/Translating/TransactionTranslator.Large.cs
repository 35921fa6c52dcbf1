using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Translating;

/// <content>Transactions that are too large for memory.</content>
internal sealed partial class TransactionTranslator
{
    /// <summary>Begins with a binlog that is read in pieces. The tracker moves as it does for one in memory.</summary>
    /// <exception cref="TranslationException">The binlog can't be read.</exception>
    /// <exception cref="SchemaHistoryException">The history, asked for a newer schema, can't be read.</exception>
    public async ValueTask<LargeTransaction> OpenLargeAsync(IByteSource payload, CancellationToken cancellationToken)
    {
        LargeTransaction transaction = Open(payload);
        if (tracker.IsBehind(transaction.SchemaVersion))
        {
            await tracker.CatchUpAsync(history, transaction.SchemaVersion, cancellationToken);
        }

        return transaction;
    }

    /// <summary>Appends the transaction's next rows to a batch, as <see cref="TranslateAsync"/> does for all of them, until one of the limits is reached.</summary>
    /// <param name="transaction">What <see cref="OpenLargeAsync"/> gave.</param>
    /// <param name="batch">Gets the rows.</param>
    /// <param name="rows">Rows from which on no further one is added.</param>
    /// <param name="bytes">Bytes of encoded rows from which on no further one is added.</param>
    /// <param name="cancellationToken">Ends the search for an explanation of missing columns.</param>
    /// <exception cref="TranslationException">A row is damaged or its table unknown.</exception>
    public ValueTask TranslatePieceAsync(LargeTransaction transaction, ChangeBatch batch, int rows, int bytes, CancellationToken cancellationToken)
    {
        _tablesWithGaps.Clear();
        while (!transaction.IsOver && batch.Rows.Length < rows && batch.SourceBytes < bytes)
        {
            AppendNext(transaction, batch);
        }

        return _tablesWithGaps.Count == 0 ? default : new ValueTask(ExplainGapsAsync(transaction.Header, transaction.SchemaVersion, cancellationToken));
    }

    private static LargeTransaction Open(IByteSource payload)
    {
        BinlogHeader header = default;
        try
        {
            header = BinlogHeader.ParseLarge(payload);
            return new LargeTransaction(header, header.PrewriteValue.IsEmpty ? null : new LargePrewriteReader(payload, header.PrewriteValue));
        }
        catch (TiDBFormatException exception) when (header.CommitTs != 0)
        {
            throw Damaged(header, 0, 0, exception.Offset - header.PrewriteValue.Offset, exception);
        }
        catch (TiDBFormatException exception)
        {
            throw Unreadable(payload.Length, exception);
        }
    }

    /// <summary>Moves to the next table or appends the next row.</summary>
    private void AppendNext(LargeTransaction transaction, ChangeBatch batch)
    {
        LargePrewriteReader reader = transaction.Reader!;
        long place = transaction.Header.PrewriteValue.Offset;
        try
        {
            if (!transaction.IsInTable)
            {
                BeginTable(transaction, reader);
            }
            else if (reader.TryReadNext(out RowMutation mutation))
            {
                int copy = batch.AddSource(mutation.Length);
                reader.CopyRow(mutation, batch.SourceAt(copy, mutation.Length));
                place += copy - mutation.Offset;
                AppendRow(batch, transaction.Table!, new RowMutation(mutation.Kind, copy, mutation.Length), transaction.Header.CommitTs, transaction.SchemaVersion < transaction.Table!.SchemaVersion);
                transaction.RowsOfTable++;
            }
            else
            {
                transaction.IsInTable = false;
            }
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(transaction.Header, reader.TableId, transaction.RowsOfTable, exception.Offset - place, exception);
        }
    }

    private void BeginTable(LargeTransaction transaction, LargePrewriteReader reader)
    {
        transaction.RowsOfTable = 0;
        if (!reader.TryReadTable())
        {
            transaction.IsOver = true;
            return;
        }

        transaction.Table = FindTable(transaction.Header, transaction.SchemaVersion, reader.TableId, reader.RowCount);
        transaction.IsInTable = transaction.Table is not null;
    }
}
