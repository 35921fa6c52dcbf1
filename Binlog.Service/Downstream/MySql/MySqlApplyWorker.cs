using System.Globalization;
using Binlog.MySql;
using Binlog.Service.Downstream.MySql.Rows;

namespace Binlog.Service.Downstream.MySql;

/// <summary>One of the sessions that apply rows beside one another. Its transaction ends with the checkpoint's move, for which it waits its turn.</summary>
internal sealed class MySqlApplyWorker(MySqlSession session, MySqlCheckpoint checkpoint, MySqlTargetOptions options) : IApplyWorker
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);

    private readonly RowApplier _rows = new(session, options.Statements, options.PipelineBytes);
    private bool _hasRows;

    /// <summary>The checkpoint's move that is part of the transaction already, and its answer.</summary>
    private (Checkpoint To, MySqlOk Answer)? _moved;

    /// <inheritdoc/>
    public bool IsUsable => session.Connection.IsOpen;

    /// <inheritdoc/>
    public Task ExecuteAsync(ChangeBatch batch, int first, int count, CancellationToken cancellationToken) => count == 0 ? Task.CompletedTask : ApplyAsync(batch, first, count, null, cancellationToken);

    /// <inheritdoc/>
    public async Task ExecuteLastAsync(ChangeBatch batch, int first, int count, Checkpoint to, CancellationToken cancellationToken)
    {
        if (count > 0)
        {
            string? move = checkpoint.MoveInTransaction(to);
            MySqlOk answer = await ApplyAsync(batch, first, count, move, cancellationToken).ConfigureAwait(false);
            _moved = move is null ? null : (to, answer);
        }
    }

    /// <inheritdoc/>
    /// <remarks>COMMIT is sent when every row was as it must be and the checkpoint's row was found to be still this Drainer's.</remarks>
    public async Task CommitAsync(Checkpoint to, CancellationToken cancellationToken)
    {
        checkpoint.ExpectForward(session.Name, to);
        checkpoint.ExpectNoIntent(session.Name, to.CommitTs);
        cancellationToken.ThrowIfCancellationRequested();

        // From the note before COMMIT to the one after it, outside of the target, a stop would leave open what is known a moment later.
        using var ending = new CancellationTokenSource();
        using CancellationTokenRegistration stop = cancellationToken.Register(() => ending.CancelAfter(StopGrace));
        CancellationToken stopped = checkpoint.IsOutside ? ending.Token : cancellationToken;
        try
        {
            MySqlOk moved = _moved is { } sent && sent.To == to ? sent.Answer
                : checkpoint.MoveInTransaction(to) is { } move ? await session.Connection.ExecuteAsync(move, stopped).ConfigureAwait(false)
                : default;
            _moved = null;
            await checkpoint.ConfirmAsync(session, moved, to, _hasRows, stopped).ConfigureAwait(false);
            await ReachedAsync(MySqlTargetStep.BeforeCommit).ConfigureAwait(false);
            await session.Connection.ExecuteAsync("COMMIT", stopped).ConfigureAwait(false);
            _hasRows = false;
            await checkpoint.CommittedAsync(to, stopped).ConfigureAwait(false);
            await ReachedAsync(MySqlTargetStep.AfterCommit).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            throw MySqlErrors.Explain(session.Name, string.Create(CultureInfo.InvariantCulture, $"committing the transactions up to commit TS {to.CommitTs}"), error);
        }
    }

    /// <inheritdoc/>
    public async Task AnnouncePartsAsync(ulong upTo, CancellationToken cancellationToken)
    {
        checkpoint.ExpectNoIntent(session.Name, upTo);
        try
        {
            MySqlOk announced = await session.Connection.ExecuteAsync(checkpoint.Announce(upTo), cancellationToken).ConfigureAwait(false);
            await checkpoint.ExpectOwnRowAsync(session, announced, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            throw MySqlErrors.Explain(session.Name, string.Create(CultureInfo.InvariantCulture, $"announcing parts of the transactions up to commit TS {upTo}"), error);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The row is held, together with other workers, only from here to the end of the COMMIT: whoever takes the target over waits for that, and so does the checkpoint's next move.</remarks>
    public async Task CommitPartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await checkpoint.HoldEpochAsync(session, cancellationToken).ConfigureAwait(false);
            await ReachedAsync(MySqlTargetStep.BeforePartCommit).ConfigureAwait(false);
            await session.Connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
            await ReachedAsync(MySqlTargetStep.AfterPartCommit).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            throw MySqlErrors.Explain(session.Name, "committing parts of transactions", error);
        }
    }

    /// <inheritdoc/>
    public Task RollBackAsync()
    {
        _moved = null;
        _hasRows = false;
        return session.RollBackAsync();
    }

    /// <inheritdoc/>
    public void Forget() => _rows.Forget();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => session.DisposeAsync();

    private async Task<MySqlOk> ApplyAsync(ChangeBatch batch, int first, int count, string? last, CancellationToken cancellationToken)
    {
        _hasRows = true;
        try
        {
            return await _rows.ApplyAsync(batch, first, count, last, cancellationToken).ConfigureAwait(false);
        }
        catch (MySqlException error)
        {
            throw MySqlErrors.Explain(session.Name, "applying rows", error);
        }
    }

    private Task ReachedAsync(MySqlTargetStep step) => options.StepReached?.Invoke(step) ?? Task.CompletedTask;
}
