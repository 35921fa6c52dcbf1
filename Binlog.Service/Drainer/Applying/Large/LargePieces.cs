using Binlog.Service.Downstream;
using Binlog.Service.Drainer.Translating;
using Binlog.TiDB.Records;

namespace Binlog.Service.Drainer.Applying.Large;

/// <summary>The rows of a large transaction, piece by piece, as often as they are wanted. Not thread-safe.</summary>
/// <remarks>Memory: two pieces, each as large as the limits of a group say or as its only row.</remarks>
/// <param name="translator">Translates them.</param>
/// <param name="binlog">The transaction's binlog.</param>
/// <param name="limits">Rows and bytes of a piece.</param>
/// <param name="between">Runs after each piece.</param>
internal sealed class LargePieces(TransactionTranslator translator, IByteSource binlog, ApplyLimits limits, Func<CancellationToken, ValueTask> between)
{
    /// <summary>Hands each piece to an action; while it works on one, the next is translated.</summary>
    /// <exception cref="TranslationException">A row is damaged or its table unknown.</exception>
    public async Task ForEachAsync(Func<ChangeBatch, Task> action, CancellationToken cancellationToken)
    {
        LargeTransaction transaction = await translator.OpenLargeAsync(binlog, cancellationToken);
        (ChangeBatch current, ChangeBatch next) = (new ChangeBatch(), new ChangeBatch());
        await FillAsync(transaction, current, cancellationToken);
        while (current.Rows.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ChangeBatch batch = current;
            Task running = Task.Run(() => action(batch), CancellationToken.None);
            try
            {
                await FillAsync(transaction, next, cancellationToken);
            }
            catch
            {
                await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            await running;
            await between(cancellationToken);
            (current, next) = (next, Reusable(batch));
        }
    }

    private ValueTask FillAsync(LargeTransaction transaction, ChangeBatch batch, CancellationToken cancellationToken)
    {
        batch.Clear();
        return translator.TranslatePieceAsync(transaction, batch, limits.Rows, limits.Bytes, cancellationToken);
    }

    /// <summary>One huge row is no reason to keep its memory.</summary>
    private ChangeBatch Reusable(ChangeBatch batch) => batch.SourceBytes > 2L * limits.Bytes ? new ChangeBatch() : batch;
}
