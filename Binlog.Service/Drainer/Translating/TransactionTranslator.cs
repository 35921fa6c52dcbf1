using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Schema;
using Binlog.TiDB;
using Binlog.TiDB.Codec;
using Binlog.TiDB.Records;
using Binlog.TiDB.Schema;

namespace Binlog.Service.Drainer.Translating;

/// <summary>
/// Turns merged binlogs (a commit that carries its prewrite value) into row changes, in the stream's order. It moves the tracker:
/// forward when a transaction's rows are encoded under a newer schema, and with every DDL.
/// </summary>
/// <remarks>Not thread-safe. Allocates nothing per row.</remarks>
internal sealed partial class TransactionTranslator(SchemaTracker tracker, ISchemaHistory history)
{
    private readonly List<long> _tablesWithGaps = [];

    /// <summary>The schema as of the newest translated binlog.</summary>
    public SchemaTracker Tracker => tracker;

    /// <summary>Rows left out so far because their table had been dropped or truncated before they were committed.</summary>
    public long RowsOfDroppedTables { get; private set; }

    /// <summary>
    /// Appends a transaction's rows to the batch: tables in the order of the binlog, a table's rows in the order in which they
    /// happened. TiDB's own schemas are left out, and rows of tables that are gone.
    /// </summary>
    /// <remarks>
    /// A column that a row doesn't carry gets its default, except that virtual generated columns may stay missing, and so may
    /// old values while a DROP COLUMN is under way: what the row held is unknown then, and a target must not look for it.
    /// </remarks>
    /// <exception cref="TranslationException">A row is damaged or its table unknown. The batch must be cleared.</exception>
    /// <exception cref="SchemaHistoryException">The history, asked for a newer schema, can't be read.</exception>
    public ValueTask TranslateAsync(ReadOnlyMemory<byte> payload, ChangeBatch batch, CancellationToken cancellationToken)
    {
        BinlogHeader header = ParseHeader(payload.Span);
        long version = ReadSchemaVersion(payload.Span, header);
        if (tracker.IsBehind(version))
        {
            return CatchUpAndTranslateAsync(payload, header, version, batch, cancellationToken);
        }

        AppendRows(payload.Span, header, batch);
        return _tablesWithGaps.Count == 0 ? default : new ValueTask(ExplainGapsAsync(header, version, cancellationToken));
    }

    private async ValueTask CatchUpAndTranslateAsync(
        ReadOnlyMemory<byte> payload, BinlogHeader header, long version, ChangeBatch batch, CancellationToken cancellationToken)
    {
        await tracker.CatchUpAsync(history, version, cancellationToken);
        AppendRows(payload.Span, header, batch);
        if (_tablesWithGaps.Count > 0)
        {
            await ExplainGapsAsync(header, version, cancellationToken);
        }
    }

    /// <summary>
    /// Updated and deleted rows carry every column, except while one is being dropped. Where no binlog announced that (a
    /// statement with several changes, or a restart since), the job must be in the history.
    /// </summary>
    private async Task ExplainGapsAsync(BinlogHeader header, long version, CancellationToken cancellationToken)
    {
        foreach (long tableId in _tablesWithGaps)
        {
            await foreach (DdlJob job in history.JobsAfterAsync(tracker.Version, long.MaxValue, cancellationToken))
            {
                if (job.TableId == tableId && job.Type.MayDropColumns())
                {
                    tracker.MarkDroppingColumn(tableId);
                    break;
                }
            }

            if (!tracker.IsDroppingColumn(tableId))
            {
                throw new TranslationException(
                    $"The transaction with commit TS {header.CommitTs} has an updated or deleted row of table {tracker.Find(tableId)} (ID {tableId}) that lacks columns, " +
                    $"although no column is being dropped (rows: schema version {version}, table: {tracker.Find(tableId)?.SchemaVersion}). " +
                    "The binlog is damaged, or the DDL history is another cluster's: check drainer.schemaHistory.",
                    header.CommitTs, tableId, version);
            }
        }

        _tablesWithGaps.Clear();
    }

    private void AppendRows(ReadOnlySpan<byte> payload, in BinlogHeader header, ChangeBatch batch)
    {
        _tablesWithGaps.Clear();
        batch.Transactions++;
        if (header.PrewriteValue.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> value = header.PrewriteValue.Of(payload);
        int start = batch.AddSource(value);
        long tableId = 0;
        int row = 0;
        try
        {
            var transaction = new PrewriteValueReader(batch.Source, new ByteRange(start, value.Length));
            while (transaction.TryReadTable(out TableMutationReader mutations))
            {
                tableId = mutations.TableId;
                if (FindTable(header, transaction.SchemaVersion, mutations.TableId, mutations.RowCount) is not { } table)
                {
                    continue;
                }

                bool mayHaveGaps = transaction.SchemaVersion < table.SchemaVersion;
                for (row = 0; mutations.TryReadNext(out RowMutation mutation); row++)
                {
                    AppendRow(batch, table, mutation, header.CommitTs, mayHaveGaps);
                }
            }
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(header, tableId, row, exception.Offset - start, exception);
        }
    }

    private TableSchema? FindTable(in BinlogHeader header, long schemaVersion, long tableId, int rows)
    {
        if (tracker.IsSystem(tableId))
        {
            return null;
        }

        if (tracker.Find(tableId) is { } table)
        {
            return table;
        }

        if (tracker.IsDropped(tableId))
        {
            RowsOfDroppedTables += rows;
            return null;
        }

        throw new TranslationException(
            $"The transaction with commit TS {header.CommitTs} changes table {tableId}, which is unknown at schema version {schemaVersion} " +
            $"(newest applied job: {tracker.Version}). The DDL history lacks the job that made the table, or is another cluster's: " +
            "bring drainer.schemaHistory up to date and start again.",
            header.CommitTs, tableId, schemaVersion);
    }

    private void AppendRow(ChangeBatch batch, TableSchema table, in RowMutation mutation, ulong commitTs, bool mayHaveGaps)
    {
        int count = table.Columns.Length;
        switch (mutation.Kind)
        {
            case MutationType.Insert:
                int inserted = batch.AddValues(count);
                table.Decoder.DecodeInsert(batch.Source, mutation.Offset, mutation.Length, batch.Values(inserted, count));
                FillIn(batch, table, inserted);
                batch.AddRow(new RowChange(table, RowChangeKind.Insert, -1, inserted, commitTs));
                break;
            case MutationType.Update:
                int old = batch.AddValues(2 * count);
                table.Decoder.DecodeUpdate(
                    batch.Source, mutation.Offset, mutation.Length, batch.Values(old, count), batch.Values(old + count, count));
                FillInOld(batch, table, old, mayHaveGaps);
                FillIn(batch, table, old + count);
                batch.AddRow(new RowChange(table, RowChangeKind.Update, old, old + count, commitTs));
                break;
            default:
                int deleted = batch.AddValues(count);
                table.Decoder.DecodeDelete(batch.Source, mutation.Offset, mutation.Length, batch.Values(deleted, count));
                FillInOld(batch, table, deleted, mayHaveGaps);
                batch.AddRow(new RowChange(table, RowChangeKind.Delete, deleted, -1, commitTs));
                break;
        }
    }

    /// <summary>Rows written under an older schema hold the origin default in columns that came later; other gaps want an explanation.</summary>
    private void FillInOld(ChangeBatch batch, TableSchema table, int first, bool mayHaveGaps)
    {
        if (mayHaveGaps && !tracker.IsDroppingColumn(table.Info.Id))
        {
            FillIn(batch, table, first);
            return;
        }

        foreach (int column in table.WritableColumns)
        {
            if (batch.Values(first, table.Columns.Length)[column].IsMissing
                && !tracker.IsDroppingColumn(table.Info.Id) && !_tablesWithGaps.Contains(table.Info.Id))
            {
                _tablesWithGaps.Add(table.Info.Id);
            }
        }
    }

    private static void FillIn(ChangeBatch batch, TableSchema table, int first)
    {
        Span<Datum> values = batch.Values(first, table.Columns.Length);
        for (int column = 0; column < values.Length; column++)
        {
            if (!values[column].IsMissing || table.Columns[column].IsVirtual)
            {
                continue;
            }

            DefaultValue missing = table.Decoder.DefaultOf(column);
            Datum value = missing.Value;
            values[column] = value.Kind is DatumKind.Bytes or DatumKind.Decimal or DatumKind.Json
                ? Datum.FromRange(value.Kind, batch.AddSource(missing.Source) + value.Offset, value.Length)
                : value;
        }
    }

    private static long ReadSchemaVersion(ReadOnlySpan<byte> payload, in BinlogHeader header)
    {
        try
        {
            return header.PrewriteValue.IsEmpty ? 0 : new PrewriteValueReader(payload, header.PrewriteValue).SchemaVersion;
        }
        catch (TiDBFormatException exception)
        {
            throw Damaged(header, 0, 0, exception.Offset - header.PrewriteValue.Offset, exception);
        }
    }

    private static BinlogHeader ParseHeader(ReadOnlySpan<byte> payload)
    {
        try
        {
            return BinlogHeader.Parse(payload);
        }
        catch (TiDBFormatException exception)
        {
            throw Unreadable(payload.Length, exception);
        }
    }

    private static TranslationException Unreadable(int length, TiDBFormatException cause) =>
        new($"A merged binlog of {length} bytes can't be read: {cause.Message}", 0, 0, 0, cause);

    private static TranslationException Damaged(in BinlogHeader header, long tableId, int row, long offset, TiDBFormatException cause) => new(
        $"The transaction with commit TS {header.CommitTs} is damaged{(tableId == 0 ? "" : $" in row {row + 1} of its changes to table {tableId}")}, " +
        $"at byte {offset} of its prewrite value: {cause.Message} Its rows don't fit the schema, or their bytes changed on the way; nothing of it was applied.",
        header.CommitTs, tableId, 0, cause);
}
