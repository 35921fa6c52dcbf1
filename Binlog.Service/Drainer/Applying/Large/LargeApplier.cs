using System.Globalization;
using Binlog.RelayLog;
using Binlog.Service.Downstream;
using Binlog.Service.Downstream.Condensing;
using Binlog.Service.Drainer.Translating;
using Binlog.Service.Hosting;
using Microsoft.Extensions.Logging;

namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>
/// Applies a transaction that is too large for memory: piece by piece from the relay log, in one transaction of the target, alone. Nothing of it is
/// seen before its commit, which moves the checkpoint.
/// </summary>
/// <remarks>
/// Each piece is condensed by itself, so between two pieces the target is in a state that the upstream went through. Where the upstream's own order
/// takes a key before it is free (it checks at its commit), the target refuses; then everything is taken back and executed anew with the rows
/// concerned held in memory, see <see cref="HeldRows"/> and docs/decisions/0037-large-transactions.md. Not thread-safe.
/// </remarks>
internal sealed partial class LargeApplier(ITarget target, TransactionTranslator translator, ApplyLimits limits, Repetition repetition, Action<ChangeBatch> inspect, AppliedRows counts, Func<CancellationToken, ValueTask> keepAlive, ILogger logger)
{
    private const int VerifyBytes = 256 * 1024;

    /// <summary>After so many pieces that are only looked at, the worker's server gets a sign of life.</summary>
    private const int PiecesPerSign = 16;

    /// <summary>How often it is executed when the target says that trying again may help, and its session still lives.</summary>
    private const int Tries = 3;

    private readonly BatchCondenser _condenser = new();

    /// <summary>Compares the checksum, before anything is executed.</summary>
    /// <exception cref="CorruptLogException">The record is damaged.</exception>
    public static void Verify(LargeRecord record, CancellationToken cancellationToken)
    {
        LargeRecordCheck check = record.BeginCheck();
        byte[] piece = new byte[VerifyBytes];
        for (int offset = 0; offset < record.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Span<byte> bytes = piece.AsSpan(0, Math.Min(piece.Length, record.Length - offset));
            record.Read(bytes, offset);
            check.Add(bytes);
            offset += bytes.Length;
        }

        check.Verify();
    }

    /// <summary>Applies a record whose checksum is right; returns when it is durable in the target.</summary>
    /// <param name="record">A transaction; everything before it is durable.</param>
    /// <param name="progress">Where it is told how far it is.</param>
    /// <param name="worker">A worker without a transaction.</param>
    /// <param name="cancellationToken">Ends it at once; nothing is applied then.</param>
    /// <returns>The transaction's rows.</returns>
    /// <exception cref="TargetException">The target failed or refused.</exception>
    /// <exception cref="TranslationException">A row is damaged or its table unknown.</exception>
    public async Task<RowCounts> RunAsync(LargeRecord record, LargeTransactionUnderWay progress, IApplyWorker worker, CancellationToken cancellationToken)
    {
        int looked = 0;
        var pieces = new LargePieces(translator, new RecordBytes(record), limits, async token =>
        {
            await keepAlive(token);
            if (progress.Stage == LargeStage.Ordering && ++looked % PiecesPerSign == 0)
            {
                // The worker has nothing to do as long as rows are looked for, and its server ends idle sessions.
                await worker.RollBackAsync();
            }
        });
        RowCounts rows = await ExecuteInOrderAsync(record, pieces, progress, worker, cancellationToken);
        progress.Stage = LargeStage.Committing;
        await worker.CommitAsync(new Checkpoint(record.Tag.CommitTs, translator.Tracker.Version), cancellationToken);
        return rows;
    }

    /// <summary>Executes every row, in an order that the target takes.</summary>
    private async Task<RowCounts> ExecuteInOrderAsync(LargeRecord record, LargePieces pieces, LargeTransactionUnderWay progress, IApplyWorker worker, CancellationToken cancellationToken)
    {
        HeldRows? held = null;
        KeyBreadth breadth = KeyBreadth.None;
        for (int tried = 1; ;)
        {
            try
            {
                return await ExecuteAsync(pieces, held, progress, worker, cancellationToken);
            }
            catch (TargetException exception) when (exception.IsDuplicateKey && target.TakesCondensedBatches)
            {
                await BeginAnewAsync(worker, progress);
                progress.Stage = LargeStage.Ordering;
                (held, breadth) = await HoldAsync(record, pieces, breadth, exception, cancellationToken);
                if (held is null)
                {
                    throw;
                }
            }
            catch (TargetException exception) when (exception.IsTransient && worker.IsUsable && tried < Tries)
            {
                tried++;
                await BeginAnewAsync(worker, progress);
            }
        }
    }

    private async Task<RowCounts> ExecuteAsync(LargePieces pieces, HeldRows? held, LargeTransactionUnderWay progress, IApplyWorker worker, CancellationToken cancellationToken)
    {
        progress.Stage = LargeStage.Executing;
        var rows = default(RowCounts);
        if (held is not null)
        {
            await worker.ExecuteAsync(held.Batch, 0, held.Deletes, cancellationToken);
        }

        await pieces.ForEachAsync(
            async batch =>
            {
                rows = rows.Plus(RowCounts.Of(batch.Rows));
                int count = batch.Rows.Length;
                inspect(batch);
                held?.TakeOut(batch);
                if (target.TakesCondensedBatches)
                {
                    _condenser.Condense(batch, repetition);
                }

                await worker.ExecuteAsync(batch, 0, batch.Rows.Length, cancellationToken);
                progress.AddRows(count);
            },
            cancellationToken);
        if (held is not null)
        {
            await worker.ExecuteAsync(held.Batch, held.Deletes, held.Batch.Rows.Length - held.Deletes, cancellationToken);
        }

        return rows;
    }

    /// <summary>Finds the rows that are to be held, after the target refused a key; the more widely, the more often it has refused. Null when there are none.</summary>
    /// <exception cref="TargetException">There are too many.</exception>
    private async Task<(HeldRows? Held, KeyBreadth Breadth)> HoldAsync(LargeRecord record, LargePieces pieces, KeyBreadth before, TargetException refusal, CancellationToken cancellationToken)
    {
        for (KeyBreadth breadth = before + 1; breadth <= KeyBreadth.AnyValues; breadth++)
        {
            (HeldRows? held, bool isWithinLimit) = await HeldRows.FindAsync(pieces, breadth, repetition, record.Length, limits.HeldBytes, cancellationToken);
            if (!isWithinLimit)
            {
                throw new TargetException(
                    string.Create(CultureInfo.InvariantCulture, $"{target.Name} takes the transaction with commit TS {record.Tag.CommitTs} ({record.Length} bytes) not in the upstream's order: {refusal.Message} Its rows may hand values of unique keys to one another, and those that do are more than can be held in memory ({limits.HeldBytes} bytes). Nothing of it was applied. If the table on the target is as it must be, drop the unique key that is named from it, start again, and add the key when the target has passed that commit TS."),
                    isTransient: false,
                    refusal);
            }

            if (held is not null)
            {
                LogOrdering(record.Tag.CommitTs, held.Batch.Rows.Length, held.Batch.MemoryBytes, refusal.Message);
                return (held, breadth);
            }
        }

        return (null, KeyBreadth.AnyValues);
    }

    private async Task BeginAnewAsync(IApplyWorker worker, LargeTransactionUnderWay progress)
    {
        counts.AddRestart();
        await worker.RollBackAsync();
        progress.BeginAnew();
    }

    [LoggerMessage(EventIds.DrainerLargeOrdering, LogLevel.Warning, "The large transaction with commit TS {CommitTs} is executed anew: rows of it hand values of unique keys to one another over a distance. {Rows} rows ({Bytes} bytes) are held in memory and executed before and after the others. The target had said: {Reason}")]
    private partial void LogOrdering(ulong commitTs, int rows, long bytes, string reason);
}
