using Binlog.MySql;
using Binlog.Service.Downstream.Outside;

namespace Binlog.Service.Downstream.MySql;

/// <content>The steps around a transaction and around a schema change: here the row moves in the target's own transactions.</content>
internal partial class MySqlCheckpoint
{
    /// <summary>Whether it is kept outside of the target.</summary>
    public virtual bool IsOutside => false;

    /// <summary>Whatever comes up to this commit TS may have been applied in any part; not above <see cref="Current"/> when nothing is in doubt.</summary>
    public ulong AnyUpTo { get; protected set; }

    /// <summary>Whether what may have been applied was to be one transaction.</summary>
    public virtual bool IsInDoubtAsAWhole => false;

    /// <summary>Who has the checkpoint, looked at without taking it; null when there is none yet.</summary>
    /// <exception cref="MySqlException">The connection is lost.</exception>
    public virtual async Task<(ulong Epoch, string Holder, ulong CommitTs)?> PeekAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        try
        {
            MySqlRowReader row = await session.Connection.QueryAsync(Table.SelectHolder, cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? (row.GetUInt64(0), row.GetString(1) ?? "", row.GetUInt64(2)) : null;
            }
        }
        catch (MySqlException error) when (MySqlErrors.IsAbsent(error) || MySqlErrors.IsUnknownColumn(error))
        {
            return null;
        }
    }

    /// <summary>Writes the first checkpoint.</summary>
    /// <param name="session">The target's own session.</param>
    /// <param name="first">Where replication begins.</param>
    /// <param name="anyUpTo">Up to which commit TS another program may have gone; 0 when none has.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    public virtual async Task BeginAsync(MySqlSession session, Checkpoint first, ulong anyUpTo, CancellationToken cancellationToken)
    {
        await EnsureRowAsync(session.Connection, cancellationToken).ConfigureAwait(false);
        MySqlOk moved = await session.Connection.ExecuteAsync(Table.Begin(Current.CommitTs, _epoch, first, anyUpTo), cancellationToken).ConfigureAwait(false);
        await ExpectOwnRowAsync(session, moved, cancellationToken).ConfigureAwait(false);
        await session.Connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        AnyUpTo = anyUpTo;
        Moved(first);
    }

    /// <summary>What TiDB Binlog's Drainer left; null when it left nothing.</summary>
    public virtual async Task<OriginalCheckpoint?> FindOriginalAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        try
        {
            return await OriginalTable.FindAsync(session.Connection, CheckpointTable.Database, options.ClusterId, session.Name, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The next look is to see what is there then.
            await session.RollBackAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The statement that belongs at the end of a transaction; null when none does.</summary>
    public virtual string? MoveInTransaction(Checkpoint to) => Move(to);

    /// <summary>Called before COMMIT.</summary>
    /// <param name="session">The transaction's session.</param>
    /// <param name="moved">The answer to <see cref="MoveInTransaction"/>.</param>
    /// <param name="to">Where the checkpoint is after the transaction.</param>
    /// <param name="hasRows">Whether the transaction changes anything.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <exception cref="TargetException">It must not be committed.</exception>
    public virtual Task ConfirmAsync(MySqlSession session, MySqlOk moved, Checkpoint to, bool hasRows, CancellationToken cancellationToken) => ExpectOwnRowAsync(session, moved, cancellationToken);

    /// <summary>Called once COMMIT was answered.</summary>
    /// <exception cref="TargetException">The data is applied, and the checkpoint may not say so.</exception>
    public virtual Task CommittedAsync(Checkpoint to, CancellationToken cancellationToken)
    {
        Moved(to);
        return Task.CompletedTask;
    }

    /// <summary>Records, durably, a statement that is about to be run.</summary>
    public virtual async Task IntendAsync(MySqlSession session, DdlIntent intent, string statement, CancellationToken cancellationToken)
    {
        MySqlOk intended = await session.Connection.ExecuteAsync(Intend(intent, statement), cancellationToken).ConfigureAwait(false);
        await ExpectOwnRowAsync(session, intended, cancellationToken).ConfigureAwait(false);
        await session.Connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
        Intent = intent;
    }

    /// <summary>Takes the record back, durably.</summary>
    public virtual async Task TakeBackAsync(MySqlSession session, CancellationToken cancellationToken)
    {
        await session.Connection.ExecuteAsync(TakeBack(), cancellationToken).ConfigureAwait(false);
        await session.Connection.ExecuteAsync("COMMIT", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What an operator does to go past a schema change that was made by hand.</summary>
    public virtual string SkipAdvice(Checkpoint to) => Table.SkipAdvice(to);

    /// <summary>Lets go of what it holds.</summary>
    public virtual ValueTask DisposeAsync() => default;
}
