using System.Globalization;
using Binlog.MySql;

namespace Binlog.Service.Downstream.MySql;

/// <content>Applying rows.</content>
internal sealed partial class MySqlTarget
{
    /// <inheritdoc/>
    /// <remarks>Statements travel without waiting for one another's answers, the checkpoint's last; COMMIT is sent when every answer was as it must be.</remarks>
    public async Task ApplyAsync(ChangeBatch batch, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        MySqlSession session = Usable();
        _checkpoint.ExpectForward(Name, checkpoint);
        _checkpoint.ExpectNoIntent(Name, checkpoint.CommitTs);
        try
        {
            await _checkpoint.EnsureRowAsync(session.Connection, cancellationToken).ConfigureAwait(false);
            MySqlOk moved = await _rows!.ApplyAsync(batch, 0, batch.Rows.Length, _checkpoint.MoveInTransaction(checkpoint), cancellationToken).ConfigureAwait(false);
            await _checkpoint.ConfirmAsync(session, moved, checkpoint, batch.Rows.Length > 0, cancellationToken).ConfigureAwait(false);
            await CommitAsync(session.Connection, checkpoint, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            await GiveUpAsync(session).ConfigureAwait(false);
            if (error is MySqlException server)
            {
                throw MySqlErrors.Explain(Name, string.Create(CultureInfo.InvariantCulture, $"applying the transactions up to commit TS {checkpoint.CommitTs}"), server);
            }

            throw;
        }
    }

    /// <summary>Commits what was sent and the checkpoint's move.</summary>
    private async Task CommitAsync(MySqlConnection connection, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        await ReachedAsync(MySqlTargetStep.BeforeCommit).ConfigureAwait(false);
        await connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        await _checkpoint.CommittedAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        await ReachedAsync(MySqlTargetStep.AfterCommit).ConfigureAwait(false);
    }

    private Task GiveUpAsync(MySqlSession session)
    {
        _hasFailed = true;
        return session.RollBackAsync();
    }
}
